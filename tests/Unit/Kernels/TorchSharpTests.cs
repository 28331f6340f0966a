using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

/// <summary>Checks behavior of TorchSharp that the rest of the code relies on, to detect changes in new versions.</summary>
[Collection(nameof(NonParallel))]
public sealed class TorchSharpTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Elements_come_back_as_they_went()
    {
        float[] values = [1.5f, -0f, float.MaxValue, float.Epsilon, float.NegativeInfinity];
        tensor(values).data<float>().ToArray().Should().Equal(values);
        tensor([long.MinValue, 7, long.MaxValue]).data<long>().ToArray().Should().Equal(long.MinValue, 7, long.MaxValue);
        tensor([true, false]).data<bool>().ToArray().Should().Equal(true, false);
    }

    [Fact]
    public void A_transposed_tensor_is_read_in_its_own_order() =>
        tensor([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]).t().data<float>().ToArray().Should().Equal(1, 4, 2, 5, 3, 6);

    [Fact]
    public void No_grad_ends_with_its_scope()
    {
        is_grad_enabled().Should().BeTrue();
        using (no_grad())
        {
            is_grad_enabled().Should().BeFalse();
            using (enable_grad()) is_grad_enabled().Should().BeTrue();
            is_grad_enabled().Should().BeFalse();
        }
        is_grad_enabled().Should().BeTrue();
    }

    [Fact]
    public void No_grad_ends_after_an_exception_too()
    {
        Assert.Throws<ExternalException>(() =>
        {
            using var grad = no_grad();
            rand([2, 3]).mm(rand([2, 3]));
        });
        is_grad_enabled().Should().BeTrue();
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        var w = rand([3]).requires_grad_();
        using (no_grad()) (w * 2).requires_grad.Should().BeFalse();
        (w * 2).requires_grad.Should().BeTrue();
    }

    [Fact]
    public void Gradients_add_up_until_they_are_cleared()
    {
        var w = tensor([2f, 3f]).requires_grad_();
        (w * w).sum().backward();
        (w * w).sum().backward();
        w.grad!.data<float>().ToArray().Should().Equal(8, 12);
        w.grad = null;
        w.grad.Should().BeNull();
    }

    [Fact]
    public void A_generator_continues_from_a_saved_state()
    {
        using var generator = new Generator(77);
        randn([5], generator: generator);
        var state = generator.get_state();
        var first = randn([9], generator: generator).data<float>().ToArray();
        generator.set_state(state);
        randn([9], generator: generator).data<float>().ToArray().Should().Equal(first);
        randn([9], generator: generator).data<float>().ToArray().Should().NotEqual(first);
    }

    [Fact]
    public void Generators_of_one_seed_draw_alike_and_apart_from_others()
    {
        using var a = new Generator(5);
        using var b = new Generator(5);
        using var c = new Generator(6);
        var drawn = rand([8], generator: a).data<float>().ToArray();
        rand([8], generator: b).data<float>().ToArray().Should().Equal(drawn);
        rand([8], generator: c).data<float>().ToArray().Should().NotEqual(drawn);
    }

    [Fact]
    public void Its_methods_are_not_optimized() => typeof(Tensor).Assembly.GetCustomAttribute<DebuggableAttribute>()!
        .IsJITOptimizerDisabled.Should()
        .BeTrue("the collector could take a number away from an operator that is about to read it");

    [Fact]
    public void Numbers_live_until_the_operator_has_read_them()
    {
        var (a, b) = (ones([64]), ones([64]));
        using var over = new CancellationTokenSource();
        var collecting = new Thread(() =>
        {
            while (!over.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collecting.Start();
        try
        {
            // With unmodified TorchSharp, about one in ten thousand fails.
            for (var i = 0; i < 30_000; i++)
            {
                using var inner = NewDisposeScope();
                ((a + b) * 2 - 1).data<float>()[17].Should().Be(3);
            }
        }
        finally
        {
            over.Cancel();
            collecting.Join();
        }
    }

    [Fact]
    public void Uniform_numbers_are_those_of_rand()
    {
        using var a = new Generator(5);
        using var b = new Generator(5);
        empty([33]).uniform_(0, 1, a).data<float>().ToArray().Should().Equal(rand([33], generator: b).data<float>().ToArray());
    }

    [Fact]
    public void A_number_is_read_in_its_own_type_only()
    {
        tensor(1e300).Invoking(number => number.item<float>()).Should().Throw<ArgumentException>();
        tensor([1f, 2f]).Invoking(numbers => numbers.item<float>()).Should().Throw<ArgumentException>();
        tensor(7L).item<long>().Should().Be(7);
    }

    [Fact]
    public void Bytes_of_a_part_are_those_of_the_part() =>
        MemoryMarshal.Cast<byte, long>(tensor([1L, 2L, 3L, 4L]).narrow(0, 1, 2).bytes).ToArray().Should().Equal(2, 3);

    [Fact]
    public void Rounding_to_bfloat16_keeps_eight_bits() =>
        tensor([257f, 259f, 1 + 1f / 256]).bfloat16().to(float32).data<float>().ToArray().Should().Equal(256, 260, 1);
}
