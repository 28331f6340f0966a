using FluentAssertions;
using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives.LanguageModeling;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Tests.Unit.Training;

[Trait("Suite", "Fast")]
public sealed class PretrainingDataTests
{
    [Fact]
    public void A_run_is_measured_on_what_it_never_learns_from()
    {
        var plan = ReferenceRun.Plan;
        using var data = new PretrainingData(plan);
        using var weights = WeightInitializer.Initialize(plan.Model, seed: 3, torch.CPU);
        using var model = new LanguageModel(weights);
        var bytes = new TokenByteLengths(Tokenizer.Load(plan.Data.Tokenizer));
        var (heldOut, learned) = (Of(data.Shards.Validation), Of(data.Shards.Train));
        data.Measure(model).Should().Be(new ValidationMetrics(heldOut.Loss, BitsPerByte: heldOut.BitsPerByte));
        heldOut.Loss.Should().NotBe(learned.Loss);

        PerplexityMetrics Of(TurkishLlm.Data.Batches.TokenShard shard) =>
            LossEvaluator.Measure(model, shard, bytes, plan.Training.SequenceLength, plan.Evaluation.Windows);
    }
}
