using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Engine;

public sealed class BindingTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void A_bad_product_names_the_operator_and_the_shapes_and_leaves_the_process_alive()
    {
        var error = Assert.Throws<ExternalException>(() => rand([2, 3]).matmul(rand([4, 5])));
        error.Message.Split('\n')[0].Should().Contain("matmul").And.Contain("[2, 3]").And.Contain("[4, 5]");
        rand([2, 3]).matmul(rand([3, 5])).shape.Should().Equal(2, 5);
    }

    [Fact]
    public void An_index_outside_says_so() =>
        Assert.Throws<ExternalException>(() => rand([2, 3]).select(0, 7)).Message.Should().Contain("select").And.Contain("[2, 3]");

    [Fact]
    public void Elements_of_another_type_are_refused_with_the_remedy() =>
        rand([2]).Invoking(t => t.data<long>()).Should().Throw<ArgumentException>().WithMessage("*holds Float32*Convert it first*");

    [Fact]
    public void More_than_one_element_is_no_number() =>
        rand([2]).Invoking(t => t.item<float>()).Should().Throw<ArgumentException>().WithMessage("*exactly one element*");

    [Fact]
    public void Elements_that_do_not_fill_a_shape_are_refused() =>
        Assert.Throws<ArgumentException>(() => tensor([1f, 2f, 3f], [2, 2])).Message.Should().Be("3 elements do not fill the shape [2, 2], which has room for 4.");

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
            rand([2, 3]).matmul(rand([2, 3]));
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
    public void A_generator_goes_on_from_a_saved_state()
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
    public void Rounding_to_bfloat16_keeps_eight_bits() =>
        tensor([257f, 259f, 1 + 1f / 256]).bfloat16().to(float32).data<float>().ToArray().Should().Equal(256, 260, 1);

    [Fact]
    public void Reads_devices_by_kind_and_number()
    {
        (device("cuda:1").type, device("cuda:1").index).Should().Be((DeviceType.CUDA, 1));
        device("cpu").type.Should().Be(DeviceType.CPU);
        Assert.Throws<ArgumentException>(() => device("gpu")).Message.Should().Be("\"gpu\" is not a device. Use cpu, cuda or cuda:0.");
    }
}
