using FluentAssertions;
using TurkishLlm.Kernels.Cuda;
using TurkishLlm.Tests.Unit.Emulation;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Kernels check no bounds, so mismatched inputs must be refused before.</summary>
public sealed class CudaInputTests
{
    [Fact]
    public void Refuses_a_weight_of_another_width()
    {
        Refused(() => CudaOperators.RmsNorm(Draw(3, 8), Draw(9), 1e-5))
            .Should().Be("RMSNorm: weight has the shape [9]; expected [8].");
        Refused(() => CudaOperators.Linears(Draw(3, 8), [Draw(4, 8), Draw(4, 9)], false))
            .Should().Be("linear: weight has the shape [4, 9]; expected [any, 8].");
        Refused(() => CudaOperators.SwiGluLinear(Draw(3, 8), Draw(3, 8), Draw(5, 7), false))
            .Should().Be("SwiGLU: weight has the shape [5, 7]; expected [any, 8].");
        Refused(() => CudaOperators.LinearCrossEntropy(Draw(3, 8), Draw(40, 7), Ids(3), -1, 1, false))
            .Should().Be("cross-entropy: weight has the shape [40, 7]; expected [any, 8].");
    }

    [Fact]
    public void Refuses_tensors_of_unequal_length()
    {
        Refused(() => CudaOperators.SwiGluLinear(Draw(3, 8), Draw(4, 8), Draw(5, 8), false))
            .Should().Contain("up has the shape [4, 8]; expected [3, 8]");
        Refused(() => CudaOperators.LinearCrossEntropy(Draw(3, 8), Draw(40, 8), Ids(4), -1, 1, false))
            .Should().Contain("targets has the shape [4]; expected [3]");
        Refused(() => CudaOperators.AdamW(Draw(9), Draw(8), Draw(9), Draw(9), 1e-3, 0.9, 0.95, 1e-8, 0, 1))
            .Should().Contain("gradient has the shape [8]; expected [9]");
    }

    [Fact]
    public void Refuses_keys_slopes_and_starts_of_another_shape()
    {
        var (q, kv, slopes) = (Draw(1, 6, 4, 8), Draw(1, 6, 2, 8), Draw(4));
        var shorter = Draw(1, 5, 2, 8);
        Refused(() => CudaOperators.AlibiAttention(q, shorter, shorter, slopes, null, true))
            .Should().Contain("k has the shape [1, 5, 2, 8]");
        Refused(() => CudaOperators.AlibiAttention(q, kv, shorter, slopes, null, true))
            .Should().Contain("v has the shape [1, 5, 2, 8]");
        Refused(() => CudaOperators.AlibiAttention(q, kv, kv, Draw(3), null, true))
            .Should().Contain("slopes has the shape [3]; expected [4]");
        Refused(() => CudaOperators.AlibiAttention(q, kv, kv, slopes, Ids(6).view(2, 3), true))
            .Should().Contain("segmentStarts has the shape [2, 3]");
        var three = Draw(1, 6, 3, 8);
        Refused(() => CudaOperators.AlibiAttention(q, three, three, slopes, null, true))
            .Should().Be("attention: 4 query heads cannot share 3 key heads evenly.");
    }

    [Fact]
    public void Refuses_other_number_types()
    {
        Refused(() => CudaOperators.RmsNorm(Draw(3, 8).to(float64), Draw(8), 1e-5))
            .Should().Be("RMSNorm: x has the type Float64; expected Float32. Convert it with .to(ScalarType.Float32).");
        Refused(() => CudaOperators.LinearCrossEntropy(Draw(3, 8), Draw(40, 8), Ids(3).to(int32), -1, 1, false))
            .Should().Contain("targets has the type Int32; expected Int64");
        var x = Draw(1, 6, 4, 8);
        Refused(() => CudaOperators.AlibiAttention(x, x, x, Draw(4), null, inBFloat16: false))
            .Should().Contain("multiplies in bfloat16");
    }

    [Fact]
    public void Refuses_a_weight_that_cannot_be_updated_in_place() =>
        Refused(() => CudaOperators.AdamW(Draw(4, 5).t(), Draw(5, 4), Draw(5, 4), Draw(5, 4), 1e-3, 0.9, 0.95, 1e-8, 0, 1))
            .Should().Contain("weight is not contiguous");

    [Fact]
    public void A_kernel_is_not_launched_on_the_CPU_without_an_emulation()
    {
        using var x = ones(3);
        var act = () => CudaKernel.Launch(KernelSource.AdamW, x, 1, 32, x);
        act.Should().Throw<InvalidOperationException>().WithMessage("adamw runs on CUDA devices, and its tensors are on cpu.");
    }

    [Fact]
    public unsafe void Every_kernel_that_is_compiled_for_a_device_is_emulated()
    {
        var emulation = EmulatedCuda.GetLauncherOrSkip();
        using var x = ones(3);
        foreach (var kernel in KernelSource.KernelNames) emulation.Launch(kernel, x, blocks: 0, threads: 32, null);
        var act = () => emulation.Launch("no_such_kernel", x, blocks: 0, threads: 32, null);
        act.Should().Throw<InvalidOperationException>().WithMessage("*does not list the kernel no_such_kernel*");
    }

    private static string Refused<T>(Func<T> call) => Refused(() => { _ = call(); });

    private static string Refused(Action call)
    {
        using var cuda = EmulatedCuda.Begin();
        using var scope = NewDisposeScope();
        return Assert.ThrowsAny<ArgumentException>(call).Message;
    }

    private static Tensor Draw(params long[] shape)
    {
        using var generator = new Generator(29);
        return randn(shape, generator: generator);
    }

    private static Tensor Ids(int count) => arange(count, dtype: int64);
}
