namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>How a loss over many elements becomes one number.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        /// <summary>Operations of layers, without their state.</summary>
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => Operators.linear.Call(input, weights, bias);
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? throw new NotSupportedException("silu in place is not bound.") : x.silu();
            public static Tensor logsigmoid(Tensor x) => Operators.log_sigmoid.Call(x);
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                inplace ? throw new NotSupportedException("dropout in place is not bound.") : Operators.dropout.Call(input, p, training);

            public static Tensor cross_entropy(
                Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                Operators.cross_entropy.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);
        }
    }
}
