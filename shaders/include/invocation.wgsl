// The number of a workgroup, and of an invocation in workgroups of 64, where workgroups are spread over x and y.
fn workgroupIndex(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

fn invocationIndex(group: vec3u, groups: vec3u, local: u32) -> u32 {
  return workgroupIndex(group, groups) * 64 + local;
}
