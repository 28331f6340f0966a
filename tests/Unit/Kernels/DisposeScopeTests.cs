using FluentAssertions;
using TorchSharp;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Kernels;

[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class DisposeScopeTests
{
    [Fact]
    public void Frees_what_was_made_in_it()
    {
        Tensor product;
        using (NewDisposeScope())
        {
            product = rand([3, 4]).mm(rand([4, 2]));
            product.IsInvalid.Should().BeFalse();
        }
        product.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void Leaves_alone_what_was_made_before()
    {
        using var before = rand([3]);
        using (NewDisposeScope()) _ = before + 1;
        before.IsInvalid.Should().BeFalse();
    }

    [Fact]
    public void Moves_a_result_to_the_outer_scope_and_no_further()
    {
        Tensor moved;
        using (NewDisposeScope())
        {
            using (NewDisposeScope()) moved = rand([3]).MoveToOuterDisposeScope();
            moved.IsInvalid.Should().BeFalse();
        }
        moved.IsInvalid.Should().BeTrue();
    }

    [Fact]
    public void Forgets_what_was_detached()
    {
        Tensor kept;
        using (NewDisposeScope()) kept = rand([3]).DetachFromDisposeScope();
        kept.IsInvalid.Should().BeFalse();
        kept.Dispose();
    }

    [Fact]
    public void Holds_nothing_after_results_of_operators_are_gone()
    {
        using var scope = NewDisposeScope();
        using (NewDisposeScope())
        {
            var (values, indexes) = rand([5, 7]).topk(3);
            _ = (values[TensorIndex.Ellipsis, 1..] * 2).sum().ToDouble() + indexes[0, 0].ToInt64();
        }
        scope.DisposablesCount.Should().Be(0);
    }

    [Fact]
    public void A_freed_tensor_is_refused()
    {
        var tensor = rand([2]);
        tensor.Dispose();
        tensor.Invoking(t => t.sum()).Should().Throw<InvalidOperationException>();
        tensor.Invoking(t => t.shape).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void Sees_nothing_of_other_threads()
    {
        Tensor? made = null;
        using (NewDisposeScope())
        {
            var thread = new Thread(() => made = rand([2]));
            thread.Start();
            thread.Join();
        }
        made!.IsInvalid.Should().BeFalse();
        made.Dispose();
    }

    [Fact]
    public void Autograd_retains_tensors_that_a_scope_has_freed()
    {
        using var x = tensor([1.5f, -2f, 0.25f]).requires_grad_();
        Tensor loss;
        using (NewDisposeScope()) loss = (x * x * x).sum().MoveToOuterDisposeScope();
        loss.backward();
        using var gradient = x.grad!;
        gradient.data<float>().ToArray().Should().Equal(3 * 1.5f * 1.5f, 3 * 4f, 3 * 0.0625f);
        loss.Dispose();
    }
}
