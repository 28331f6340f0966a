using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Cuda;

/// <summary>Matrix products with float32 results for any type of operands.</summary>
internal static class CudaMatmul
{
    /// <summary>Returns the type of the operands.</summary>
    public static ScalarType GetOperandType(bool inBFloat16) => inBFloat16 ? bfloat16 : float32;

    /// <summary>Computes a·b, accumulated and stored in float32: a bfloat16 product is not rounded again.</summary>
    /// <param name="a"><c>[m, k]</c>, float32 or bfloat16.</param>
    /// <param name="b"><c>[k, n]</c>, of the same type as <paramref name="a"/>.</param>
    /// <returns><c>[m, n]</c></returns>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        if (a.dtype == float32) return a.mm(b);
        // In the emulation, products of two bfloat16 numbers are exact in float32.
        if (a.device_type == DeviceType.CPU) return a.to(float32).mm(b.to(float32));
        // TorchSharp does not bind this overload. The result is allocated here, so that out-of-memory errors are reported as
        // elsewhere.
        var product = empty(a.size(0), b.size(1), dtype: float32, device: a.device);
        LibtorchOperator.Call("aten::mm", "dtype_out", 1, a, b, float32, product)[0].Dispose();
        return product;
    }
}
