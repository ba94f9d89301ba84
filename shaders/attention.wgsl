// Multi-head attention, fused: softmax(q·kᵀ·scale [+ causal mask])·v + residual, a head at a time. The softmax is
// computed online while the keys pass by in tiles, so that no matrix of tokens × keys is ever stored; after T. Dao
// et al., "FlashAttention" (2022), and M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax" (2018).
//
// A workgroup computes 8 queries of one head; 8 lanes work on each query: in turn on its scores (a key a lane) and on
// its result (a vec4 of the head's channels a lane, up to 4 times over).
// Overrides: HEAD_VECTORS, the head's width in vec4 rounded up, at most 32; TILE_KEYS, a multiple of 8; CAUSAL;
// HAS_RESIDUAL. Workgroups: x over queries by 8, y over heads, z over N.
//#include "include/scalar.wgsl"
//#include "include/attention.wgsl"
override HEAD_VECTORS: u32 = 16;
override TILE_KEYS: u32 = 32;

var<workgroup> queries: array<vec4f, 8 * HEAD_VECTORS>;
var<workgroup> keyTile: array<vec4f, TILE_KEYS * HEAD_VECTORS>;
var<workgroup> valueTile: array<vec4f, TILE_KEYS * HEAD_VECTORS>;
var<workgroup> scores: array<f32, 8 * TILE_KEYS>;

// Which of the four channels at `channel` of a head are there.
fn present(channel: u32) -> vec4<bool> {
  return channel + vec4u(0, 1, 2, 3) < vec4u(params.headWidth);
}

// Where they lie, of a head that begins at `start`.
fn places(start: u32, channel: u32) -> vec4u {
  return select(vec4u(), start + channel + vec4u(0, 1, 2, 3), present(channel));
}

// Writes the channels that are there of a vec4 of the head that begins at `start`.
fn write(sum: vec4f, start: u32, vector: u32) {
  var values = sum;
  let end = start + min(4 * vector + 4, params.headWidth);
  for (var index = start + 4 * vector; index < end; index++) {
    if (HAS_RESIDUAL) {
      values.x += f32(residual[index]);
    }
    output[index] = Stored(values.x);
    values = values.yzwx;
  }
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let head = group.y * params.headWidth;
  let firstQuery = group.x * 8;
  let query = firstQuery + local.y;
  let lane = local.x;
  // HEAD_VECTORS again, but as a number that compilers do not know, or they would unroll the loops beyond measure.
  let vectors = (params.headWidth + 3) / 4;

  for (var i = thread; i < 8 * vectors; i += 64) {
    let row = group.z * params.tokens + min(firstQuery + i / HEAD_VECTORS, params.tokens - 1);
    let channel = i % HEAD_VECTORS * 4;
    let there = present(channel);
    let at = places(row * params.qWidth + params.qStart + head, channel);
    queries[i] = select(vec4f(), vec4f(vec4<Stored>(q[at.x], q[at.y], q[at.z], q[at.w])) * params.scale, there);
  }

  var keys = params.keys;
  if (CAUSAL) {
    keys = min(keys, firstQuery + 8);
  }
  var highest = LOWEST;
  var total = 0.0;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var first = 0u; first < keys; first += TILE_KEYS) {
    let end = min(first + TILE_KEYS, keys);
    for (var i = thread; i < (end - first) * vectors; i += 64) {
      let row = group.z * params.keys + first + i / HEAD_VECTORS;
      let channel = i % HEAD_VECTORS * 4;
      let there = present(channel);
      let kAt = places(row * params.kWidth + params.kStart + head, channel);
      let vAt = places(row * params.vWidth + params.vStart + head, channel);
      keyTile[i] = select(vec4f(), vec4f(vec4<Stored>(k[kAt.x], k[kAt.y], k[kAt.z], k[kAt.w])), there);
      valueTile[i] = select(vec4f(), vec4f(vec4<Stored>(v[vAt.x], v[vAt.y], v[vAt.z], v[vAt.w])), there);
    }
    workgroupBarrier();

    for (var key = first + lane; key < end; key += 8) {
      let j = key - first;
      var score = 0.0;
      for (var c = 0u; c < vectors; c++) {
        score += dot(queries[local.y * HEAD_VECTORS + c], keyTile[j * HEAD_VECTORS + c]);
      }
      scores[local.y * TILE_KEYS + j] = select(score, LOWEST, CAUSAL && key > query);
    }
    workgroupBarrier();

    let before = highest;
    for (var key = first; key < end; key++) {
      highest = max(highest, scores[local.y * TILE_KEYS + key - first]);
    }
    let decay = exp(before - highest);
    total *= decay;
    sum0 *= decay;
    sum1 *= decay;
    sum2 *= decay;
    sum3 *= decay;
    for (var key = first; key < end; key++) {
      let j = key - first;
      let weight = exp(scores[local.y * TILE_KEYS + j] - highest);
      let row = j * HEAD_VECTORS;
      total += weight;
      // Lanes past the head's width repeat its last vec4, and are not written.
      sum0 += weight * valueTile[row + min(lane, HEAD_VECTORS - 1)];
      if (HEAD_VECTORS > 8) {
        sum1 += weight * valueTile[row + min(lane + 8, HEAD_VECTORS - 1)];
      }
      if (HEAD_VECTORS > 16) {
        sum2 += weight * valueTile[row + min(lane + 16, HEAD_VECTORS - 1)];
      }
      if (HEAD_VECTORS > 24) {
        sum3 += weight * valueTile[row + min(lane + 24, HEAD_VECTORS - 1)];
      }
    }
    workgroupBarrier();
  }

  if (query < params.tokens) {
    let start = (group.z * params.tokens + query) * params.heads * params.headWidth + head;
    for (var vector = lane; vector < vectors; vector += 8) {
      write(sum0 / total, start, vector);
      sum0 = sum1;
      sum1 = sum2;
      sum2 = sum3;
    }
  }
}
