namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Operators.sum.Call(this, type);
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => Operators.sum_dims.Call(this, new[] { dim }, keepdim, type);
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Operators.sum_dims.Call(this, dim, keepdim, type);
        public Tensor mean() => Operators.mean.Call(this);
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => Operators.mean_dims.Call(this, dimensions, keepdim, type);
        public Tensor std(bool unbiased = true) => Operators.std.Call(this, unbiased);
        public Tensor var(bool unbiased = true) => Operators.var.Call(this, unbiased);
        public Tensor prod(ScalarType? type = null) => Operators.prod.Call(this, type);
        public Tensor max() => Operators.max.Call(this);
        public Tensor min() => Operators.min.Call(this);
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Operators.max_dim.Pair(this, dim, keepdim);
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Operators.min_dim.Pair(this, dim, keepdim);
        public Tensor amax(params long[] dims) => Operators.amax.Call(this, dims);
        public Tensor amin(params long[] dims) => Operators.amin.Call(this, dims);
        public Tensor argmax() => Operators.argmax.Call(this);
        public Tensor argmax(long dim, bool keepdim = false) => Operators.argmax.Call(this, dim, keepdim);
        public Tensor all() => Operators.all.Call(this);
        public Tensor any() => Operators.any.Call(this);
        public Tensor norm(float p = 2) => Operators.norm.Call(this, (Scalar)p);
        public Tensor logsumexp(long dim, bool keepdim = false) => Operators.logsumexp.Call(this, new[] { dim }, keepdim);
        public Tensor cumsum(long dim, ScalarType? type = null) => Operators.cumsum.Call(this, dim, type);
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => Operators.topk.Pair(this, k, dim, largest, sorted);
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => Operators.sort.Pair(this, stable, dim, descending);
        public Tensor softmax(long dim, ScalarType? dtype = null) => Operators.softmax.Call(this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Operators.log_softmax.Call(this, dim, dtype);
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) => Operators.multinomial.Call(this, num_samples, replacement, generator);
    }
}
