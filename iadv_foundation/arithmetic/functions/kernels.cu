// The project's own kernels.  Real is float or double; one thread works on one element of the result.
// They include nothing, so that NVRTC compiles them without CUDA's headers, and a C++ compiler those same lines for a CPU
// (tests/iadv_foundation/arithmetic/functions/test_kernels.py).

// The same formula as on the CPU, through tanh.
__device__ Real sigmoid(Real a) {
    return Real(0.5) * tanh(Real(0.5) * a) + Real(0.5);
}

// One step of an LSTM for `sequences` sequences.
//
// gates      (sequences, 4H)  x W_x before; the gates i, f, o, g after
// recurrent  (continued, 4H)  h' W_h of the first `continued` sequences; the others start from zeros
// bias       (4H)
// cell       (sequences, H)   c' before, c after
// kept       (sequences, H)   f c'
// tanh_cell  (sequences, H)   tanh(c)
// h          (sequences, H)
extern "C" __global__ void lstm_forward(Real *gates, const Real *recurrent, const Real *bias, Real *cell, Real *kept,
                                        Real *tanh_cell, Real *h, int sequences, int continued, int hidden) {
    const int index = blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= sequences * hidden) return;
    const int row = index / hidden, unit = index % hidden;
    const bool continues = row < continued;
    Real *gate = gates + 4 * row * hidden + unit;
    Real before[4];
    for (int k = 0; k < 4; ++k) {
        before[k] = gate[k * hidden] + bias[k * hidden + unit];
        if (continues) before[k] += recurrent[(4 * row + k) * hidden + unit];
    }
    const Real i = sigmoid(before[0]), f = sigmoid(before[1]), o = sigmoid(before[2]), g = tanh(before[3]);
    const Real keep = continues ? f * cell[index] : Real(0);
    const Real c = i * g + keep;
    const Real tanh_c = tanh(c);
    gate[0] = i;
    gate[hidden] = f;
    gate[2 * hidden] = o;
    gate[3 * hidden] = g;
    kept[index] = keep;
    cell[index] = c;
    tanh_cell[index] = tanh_c;
    h[index] = o * tanh_c;
}

// The step backwards, from the gradient at h to the gradient at the gates before their non-linearities.
//
// gates, kept, tanh_cell      what lstm_forward left
// grad_h     (sequences, H)   gradient at h from outside the LSTM
// grad_next  (carried, H)     gradient at h of the first `carried` sequences from the step that came after
// grad_cell  (sequences, H)   gradient at c from the step that came after, of those sequences; at c' afterwards
// grad_gates (sequences, 4H)  the result
extern "C" __global__ void lstm_backward(const Real *gates, const Real *kept, const Real *tanh_cell, const Real *grad_h,
                                         const Real *grad_next, Real *grad_cell, Real *grad_gates, int sequences, int carried,
                                         int hidden) {
    const int index = blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= sequences * hidden) return;
    const int row = index / hidden, unit = index % hidden;
    const Real *gate = gates + 4 * row * hidden + unit;
    Real *grad = grad_gates + 4 * row * hidden + unit;
    const Real i = gate[0], f = gate[hidden], o = gate[2 * hidden], g = gate[3 * hidden];
    const Real tanh_c = tanh_cell[index];
    Real by_h = grad_h[index], by_c = Real(0);
    if (row < carried) {
        by_h += grad_next[index];
        by_c = grad_cell[index];
    }
    by_c += by_h * o * (1 - tanh_c * tanh_c);
    grad[0] = by_c * g * i * (1 - i);
    grad[hidden] = by_c * kept[index] * (1 - f);
    grad[2 * hidden] = by_h * tanh_c * o * (1 - o);
    grad[3 * hidden] = by_c * i * (1 - g * g);
    grad_cell[index] = by_c * f;
}

// Row r of the result is the sum of rows[order[k]] for begins[r] <= k < begins[r + 1], always added in that order.
//
// rows    (N, width)
// order   (N)         begins (count + 1)
// summed  (count, width)
extern "C" __global__ void sum_rows(const Real *rows, const long long *order, const long long *begins, Real *summed,
                                    long long count, int width) {
    const long long index = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (index >= count * width) return;
    const long long row = index / width;
    Real sum = 0;
    for (long long k = begins[row]; k < begins[row + 1]; ++k) sum += rows[order[k] * width + index % width];
    summed[index] = sum;
}
