using FluentAssertions;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Training;

[Trait("Suite", "Fast")]
[Collection(nameof(NonParallel))]
public sealed class AccumulatedGradientTests : IDisposable
{
    private readonly ParameterTable _weights = WeightInitializer.Initialize(
        new ModelConfig(272, 12, 1, 3, 1, 20, 8), seed: 1, CPU);
    private readonly LanguageModel _model;

    public AccumulatedGradientTests() => _model = new LanguageModel(_weights);

    public void Dispose()
    {
        _model.Dispose();
        _weights.Dispose();
    }

    [Fact]
    public void Drops_activations_in_training_and_only_there()
    {
        using var weights = WeightInitializer.Initialize(new ModelConfig(272, 12, 1, 3, 1, 20, 8, dropout: 0.5), seed: 1, CPU);
        using var model = new LanguageModel(weights);
        using var batch = TokenBatch.Create([5, 6, 7, 8], [6, 7, 8, 9], rows: 1, CPU);
        double Loss(int seed, bool training)
        {
            manual_seed(seed);
            return GradientAccumulation.Compute(model, [batch], 4, training);
        }
        Loss(1, training: false).Should().Be(Loss(2, training: false));
        Loss(1, training: true).Should().NotBe(Loss(2, training: true)).And.NotBe(Loss(1, training: false));
    }

    [Fact]
    public void Refuses_a_step_in_which_no_target_counts()
    {
        using var batch = TokenBatch.Create([5, 6, 7, 8], [-1, -1, -1, -1], rows: 2, CPU);
        Assert
            .Throws<ArgumentException>(() => GradientAccumulation.Compute(_model, [batch], 4))
            .Message.Should()
            .StartWith("The step has no loss terms");
    }

    [Fact]
    public void Refuses_another_number_of_targets_than_announced()
    {
        using var batch = TokenBatch.Create([5, 6, 7, 8], [6, -1, 8, 9], rows: 2, CPU);
        Assert
            .Throws<ArgumentException>(() => GradientAccumulation.Compute(_model, [batch], 4))
            .Message.Should()
            .StartWith("The step was announced with 4 loss terms but has 3.");
    }

    [Fact]
    public void A_batch_reports_its_number_of_loss_terms()
    {
        using var batch = TokenBatch.Create([5, 6, 7, 8, 9, 10], [6, -1, 8, 0, -1, -1], rows: 2, CPU);
        batch.LossTerms.Should().Be(3);
        batch.Inputs.shape.Should().Equal(2, 3);
    }
}
