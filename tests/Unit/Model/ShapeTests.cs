using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tests.Unit.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Model;

[Collection(nameof(NonParallel))]
[Trait("Suite", "Fast")]
public sealed class ShapeTests : IDisposable
{
    private static readonly ModelConfig Config = new(272, dModel: 12, nLayers: 1, nHeads: 3, nKvHeads: 1, dFf: 20, maxSeqLen: 8);
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly ParameterTable _weights = WeightInitializer.Initialize(Config, seed: 1, CPU);
    private readonly AlibiBiasCache _bias = new(3, CPU);

    public void Dispose()
    {
        _weights.Dispose();
        _bias.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Attention_reports_expected_and_actual_shapes() =>
        Assert
            .Throws<ShapeException>(() =>
                new GroupedQueryAttention(_weights, 0, ComputeType.Float32).Forward(rand([2, 5, 13]), _bias))
            .Message.Should().Be("GroupedQueryAttention takes [batch, time, width=12] but received [2, 5, 13].");

    [Fact]
    public void Attention_refuses_a_missing_axis() =>
        Assert
            .Throws<ShapeException>(() =>
                new GroupedQueryAttention(_weights, 0, ComputeType.Float32).Forward(rand([5, 12]), _bias))
            .Message.Should().Be("GroupedQueryAttention takes [batch, time, width=12] but received [5, 12].");

    [Fact]
    public void The_model_refuses_ids_without_a_batch()
    {
        using var model = new LanguageModel(_weights);
        Assert
            .Throws<ShapeException>(() => model.Forward(tensor([1L, 2L, 3L])))
            .Message.Should()
            .Be("LanguageModel takes [batch, time] but received [3].");
    }

    [Fact]
    public void A_full_cache_reports_how_many_positions_fit()
    {
        using var grad = no_grad();
        using var model = new LanguageModel(_weights);
        using var cache = new KeyValueCache(Config, batchSize: 1, capacity: 4, CPU);
        model.Forward(tensor([1L, 2L, 3L], [1, 3]), cache: cache);
        model.Invoking(m => m.Forward(tensor([4L, 5L], [1, 2]), cache: cache)).Should().Throw<InvalidOperationException>()
            .WithMessage("The cache holds 3 of 4 positions; 2 more do not fit. Make it larger, or generate fewer tokens.");
        cache.Length.Should().Be(3);
    }

    [Fact]
    public void A_forward_pass_leaves_one_tensor_in_the_scope()
    {
        using var model = new LanguageModel(_weights);
        using var grad = no_grad();
        var ids = tensor([1L, 2L, 3L], [1, 3]);
        model.Forward(ids);                                 // makes the bias, which the model keeps
        using var outer = NewDisposeScope();
        Tensor logits;
        using (NewDisposeScope()) logits = model.Forward(ids).MoveToOuterDisposeScope();
        outer.DisposablesCount.Should().Be(1);
        logits.IsInvalid.Should().BeFalse();
    }
}
