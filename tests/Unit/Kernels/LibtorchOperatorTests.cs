using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels.Native;
using static TorchSharp.torch;
using Argument = TurkishLlm.Kernels.Native.LibtorchOperator.Argument;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>
/// Calls operators by name. The operators of CUDA attention and products exist on a device only, so every kind of argument that
/// they take is tested with CPU operators.
/// </summary>
[Trait("Suite", "Fast")]
public sealed class LibtorchOperatorTests
{
    [Fact]
    public void A_product_by_name_is_that_of_TorchSharp_and_has_its_gradient()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Draw(3, 4).requires_grad_(), Draw(4, 5));
        var product = LibtorchOperator.Call("aten::mm", "", 1, a, b)[0];
        Equal(product, a.mm(b));
        product.sum().backward();
        allclose(a.grad!, b.sum(1).unsqueeze(0).expand(3, 4)).Should().BeTrue();
    }

    [Fact]
    public void Whole_numbers_truth_values_and_number_types_arrive()
    {
        using var scope = NewDisposeScope();
        var x = Draw(4, 6);
        Equal(LibtorchOperator.Call("aten::narrow", "", 1, x, 1L, 2L, 3L)[0], x.narrow(1, 2, 3));
        var (values, indices) = x.topk(2, 1, largest: false);
        var found = LibtorchOperator.Call("aten::topk", "", 2, x, 2L, 1L, false, true);
        Equal(found[0], values);
        Equal(found[1], indices);
        LibtorchOperator.Call("aten::to", "dtype", 1, x, bfloat16, false, false)[0].dtype.Should().Be(bfloat16);
    }

    [Fact]
    public void Omitted_trailing_arguments_are_None_and_optional_ones_may_be_given()
    {
        using var scope = NewDisposeScope();
        var (q, k, v, mask) = (Draw(1, 2, 5, 8), Draw(1, 2, 5, 8), Draw(1, 2, 5, 8), Draw(1, 1, 5, 5));
        const string name = "aten::_scaled_dot_product_flash_attention_for_cpu";
        var left = LibtorchOperator.Call(name, "", 2, q, k, v, 0.0, false)[0];
        var scaled = LibtorchOperator.Call(name, "", 2, q, k, v, 0.0, false, Argument.None, Argument.Optional(0.7))[0];
        var masked = LibtorchOperator.Call(name, "", 2, q, k, v, 0.0, false, Argument.Optional(mask))[0];
        Close(left, Attention(q, k, v, null, 1 / Math.Sqrt(8)));
        Close(scaled, Attention(q, k, v, null, 0.7));
        Close(masked, Attention(q, k, v, mask, 1 / Math.Sqrt(8)));
    }

    [Fact]
    public void The_operators_of_a_device_take_the_arguments_that_are_passed_and_refuse_the_CPU()
    {
        using var scope = NewDisposeScope();
        var (q, offsets) = (Draw(6, 2, 8).to(bfloat16), tensor([0, 2, 6], dtype: int32));
        // Arguments are converted before the device is chosen: a wrong kind or number of arguments would crash or report another
        // reason.
        var attention = () => LibtorchOperator.Call(
            "aten::_flash_attention_forward", "", 5, q, q, q, Argument.Optional(offsets), Argument.Optional(offsets),
            4L, 4L, 0.0, true, false, Argument.Optional(0.3));
        attention.Should().Throw<ExternalException>()
            .WithMessage("libtorch refused aten::_flash_attention_forward(BFloat16[6, 2, 8] on cpu*");
        var (a, b) = (Draw(2, 3).to(bfloat16), Draw(3, 2).to(bfloat16));
        var product = () => LibtorchOperator.Call("aten::mm", "dtype_out", 1, a, b, float32, Draw(2, 2));
        product.Should().Throw<ExternalException>().WithMessage("libtorch refused aten::mm*");
    }

    [Fact]
    public void An_unknown_operator_is_an_error()
    {
        var act = () => LibtorchOperator.Call("aten::no_such_operator", "", 1);
        act.Should().Throw<ExternalException>().WithMessage("libtorch refused aten::no_such_operator()*");
    }

    [Fact]
    public void Deterministic_algorithms_are_enabled_in_libtorch_itself()
    {
        if (DeterministicAlgorithms.UnavailableReason is { } missing) Assert.Skip(missing);
        try
        {
            DeterministicAlgorithms.Use(true);
            DeterministicAlgorithms.IsEnabled.Should().BeTrue();
        }
        finally
        {
            DeterministicAlgorithms.Use(false);
        }
        DeterministicAlgorithms.IsEnabled.Should().BeFalse();
    }

    [Fact]
    public void The_address_of_a_view_counts_its_offset_and_shows_its_numbers()
    {
        using var scope = NewDisposeScope();
        var x = Draw(4, 6);
        (TensorMemory.GetStridedDataPointer(x.narrow(0, 2, 1)) - TensorMemory.GetStridedDataPointer(x))
            .Should()
            .Be(2 * 6 * sizeof(float));
        Marshal.PtrToStructure<float>(TensorMemory.GetStridedDataPointer(x.narrow(0, 2, 1))).Should().Be(x[2, 0].ToSingle());
    }

    private static Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor? mask, double scale)
    {
        var scores = q.matmul(k.transpose(2, 3)) * scale;
        return (mask is null ? scores : scores + mask).softmax(-1).matmul(v);
    }

    private static void Equal(Tensor found, Tensor expected) => found.equal(expected).all().ToBoolean().Should().BeTrue();

    private static void Close(Tensor found, Tensor expected) =>
        allclose(found, expected, rtol: 1e-5, atol: 1e-6).Should().BeTrue();

    private static Tensor Draw(params long[] shape)
    {
        using var generator = new Generator(31 + (ulong)shape.Sum());
        return randn(shape, generator: generator);
    }
}
