using System.Runtime.InteropServices;
using FluentAssertions;
using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Kernels.Autograd;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

[Trait("Suite", "Fast"), Collection(nameof(NonParallel))]
public sealed class DifferentiableOperationTests
{
    [Fact]
    public void Gives_the_gradients_of_both_inputs()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Leaf([1.5f, -2f, 0.25f]), Leaf([3f, 0.5f, -4f]));
        Product(x, y).sum().backward();
        x.grad!.data<float>().ToArray().Should().Equal(3f, 0.5f, -4f);
        y.grad!.data<float>().ToArray().Should().Equal(1.5f, -2f, 0.25f);
    }

    [Fact]
    public void Gives_no_gradient_to_an_input_that_wants_none()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (tensor([1.5f, -2f]), Leaf([3f, 0.5f]));
        Product(x, y).sum().backward();
        x.grad.Should().BeNull();
        y.grad!.data<float>().ToArray().Should().Equal(1.5f, -2f);
    }

    [Fact]
    public void An_exception_of_the_backward_pass_arrives_as_it_was_thrown_and_the_process_lives()
    {
        using var scope = NewDisposeScope();
        var x = Leaf([1.5f, -2f]);
        var y = AutogradFunction.Record([x], [x.detach() * 2], [], (_, _) => throw new InvalidDataException("row 7"))[0];
        var loss = y.sum();
        FluentActions.Invoking(() => FusedOperators.Backward(loss)).Should().Throw<InvalidDataException>().WithMessage("row 7");
        Gives_the_gradients_of_both_inputs();
    }

    [Fact]
    public void A_second_backward_pass_is_refused()
    {
        using var scope = NewDisposeScope();
        var x = Leaf([1.5f, -2f]);
        var loss = Product(x, x).sum();
        loss.backward(retain_graph: true);
        FluentActions
            .Invoking(() => FusedOperators.Backward(loss))
            .Should()
            .Throw<InvalidOperationException>()
            .WithMessage("*a second time*");
    }

    [Fact]
    public void A_saved_tensor_that_is_changed_in_place_is_an_error()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Leaf([1.5f, -2f]), tensor([3f, 0.5f]));
        var loss = Product(x, y).sum();
        y.add_(1);
        FluentActions
            .Invoking(() => FusedOperators.Backward(loss))
            .Should()
            .Throw<ExternalException>()
            .WithMessage("*modified by an inplace operation*");
    }

    [Fact]
    public void Leaves_no_tensor_alive()
    {
        Pass();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 5; i++) Pass();
        Tensor.TotalCount.Should().Be(before);

        static void Pass()
        {
            using var scope = NewDisposeScope();
            var x = Leaf([1.5f, -2f]);
            FusedOperators.Backward(Product(Product(x, x), x).sum());
            x.grad!.data<float>().ToArray().Should().Equal(3 * 1.5f * 1.5f, 3 * 4f);
        }
    }

    private static Tensor Product(Tensor x, Tensor y)
    {
        Tensor result;
        using (no_grad()) result = x * y;
        return AutogradFunction.Record([x, y], [result], [x, y], (saved, gradients) =>
            [gradients[0]! * saved[1], gradients[0]! * saved[0]])[0];
    }

    private static Tensor Leaf(float[] values) => tensor(values).requires_grad_();
}
