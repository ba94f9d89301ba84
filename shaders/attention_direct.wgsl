// Multi-head attention without workgroup memory and its barriers: softmax(q·kᵀ·scale [+ causal mask])·v + residual, a
// head at a time. The softmax is computed online, as in attention.wgsl.
//
// An invocation computes 4 queries of one head on 8 keys at a time, so that each number that it loads serves several
// products; its sums lie in `output` meanwhile, which must thus be f32, and takes heads of any width.
// Overrides: CAUSAL; HAS_RESIDUAL. Workgroups: x over queries by 32, y over heads, z over N.
//#include "include/vector.wgsl"
//#include "include/attention.wgsl"

// The keys that a query sees end here.
fn endOf(query: u32) -> u32 {
  return select(params.keys, min(params.keys, query + 1), CAUSAL);
}

// A query's scores of four keys, of which those past the end count nothing.
fn seen(scores: vec4f, key: u32, query: u32) -> vec4f {
  return select(vec4f(LOWEST), scores * params.scale, key + vec4u(0, 1, 2, 3) < vec4u(endOf(query)));
}

// The same for four queries; a column has the scores of one.
fn allSeen(scores: mat4x4f, key: u32, queries: vec4u) -> mat4x4f {
  return mat4x4f(
    seen(scores[0], key, queries.x),
    seen(scores[1], key, queries.y),
    seen(scores[2], key, queries.z),
    seen(scores[3], key, queries.w),
  );
}

// The highest score of each query.
fn maxima(scores: mat4x4f) -> vec4f {
  let keys = transpose(scores);
  return max(max(keys[0], keys[1]), max(keys[2], keys[3]));
}

fn exponentials(scores: mat4x4f, highest: vec4f) -> mat4x4f {
  return mat4x4f(
    exp(scores[0] - highest.x),
    exp(scores[1] - highest.y),
    exp(scores[2] - highest.z),
    exp(scores[3] - highest.w),
  );
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let firstQuery = (group.x * 8 + local.x) * 4;
  if (firstQuery >= params.tokens) {
    return;
  }
  let head = group.y * params.headWidth;
  // Queries past the end repeat the last one, in its place too; keys past it are not seen.
  let queries = min(firstQuery + vec4u(0, 1, 2, 3), vec4u(params.tokens - 1));
  let rows = group.z * params.tokens + queries;
  let qAt = rows * params.qWidth + params.qStart + head;
  let resultAt = rows * params.heads * params.headWidth + head;

  var highest = vec4f(LOWEST);
  var total = vec4f();
  let end = endOf(queries.w);
  for (var first = 0u; first < end; first += 8) {
    let keysA = group.z * params.keys + min(first + vec4u(0, 1, 2, 3), vec4u(params.keys - 1));
    let keysB = group.z * params.keys + min(first + vec4u(4, 5, 6, 7), vec4u(params.keys - 1));
    let kA = keysA * params.kWidth + params.kStart + head;
    let kB = keysB * params.kWidth + params.kStart + head;
    // Columns are queries, rows keys.
    var weightsA = mat4x4f();
    var weightsB = mat4x4f();
    for (var c = 0u; c < params.headWidth; c++) {
      let qs = mat4x4f(q[qAt.x + c], q[qAt.y + c], q[qAt.z + c], q[qAt.w + c]);
      weightsA += transpose(mat4x4f(k[kA.x + c], k[kA.y + c], k[kA.z + c], k[kA.w + c])) * qs;
      weightsB += transpose(mat4x4f(k[kB.x + c], k[kB.y + c], k[kB.z + c], k[kB.w + c])) * qs;
    }
    weightsA = allSeen(weightsA, first, queries);
    weightsB = allSeen(weightsB, first + 4, queries);

    let before = highest;
    highest = max(highest, max(maxima(weightsA), maxima(weightsB)));
    let decay = exp(before - highest);
    weightsA = exponentials(weightsA, highest);
    weightsB = exponentials(weightsB, highest);
    total = total * decay + vec4f(1) * (weightsA + weightsB);

    let vA = keysA * params.vWidth + params.vStart + head;
    let vB = keysB * params.vWidth + params.vStart + head;
    for (var c = 0u; c < params.headWidth; c++) {
      var sums = mat4x4f(v[vA.x + c], v[vA.y + c], v[vA.z + c], v[vA.w + c]) * weightsA;
      sums += mat4x4f(v[vB.x + c], v[vB.y + c], v[vB.z + c], v[vB.w + c]) * weightsB;
      if (first > 0) {
        sums[0] += decay.x * output[resultAt.x + c];
        sums[1] += decay.y * output[resultAt.y + c];
        sums[2] += decay.z * output[resultAt.z + c];
        sums[3] += decay.w * output[resultAt.w + c];
      }
      output[resultAt.x + c] = sums[0];
      output[resultAt.y + c] = sums[1];
      output[resultAt.z + c] = sums[2];
      output[resultAt.w + c] = sums[3];
    }
  }

  let count = min(4, params.tokens - firstQuery);
  for (var i = 0u; i < count; i++) {
    for (var c = 0u; c < params.headWidth; c++) {
      let index = resultAt[i] + c;
      var value = output[index] / total[i];
      if (HAS_RESIDUAL) {
        value += residual[index];
      }
      output[index] = value;
    }
  }
}
