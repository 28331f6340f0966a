using FluentAssertions;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Inference;

/// <summary>A model that was trained for some steps, so that its largest logits are not near-ties.</summary>
[Collection(nameof(NonParallel))]
public sealed class GreedyTextTests
{
    [Fact]
    public void Greedy_text_in_float32_is_that_of_libtorch()
    {
        var plan = ReferenceRun.Plan with
        {
            Seed = 5,
            RunFolder = Path.Combine(ReferenceRun.Scratch, "greedy-text"),
            Training = new BatchingPlan(Steps: 60, MicroBatchSize: 4, SequenceLength: 40, AccumulationSteps: 1),
            Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 10),
            Evaluation = new EvaluationPlan(Every: 0, Windows: 2),
            Samples = new SamplePlan { Every = 0 },
            Checkpoints = new CheckpointPlan(Every: 0, KeepLast: 1),
        };
        using (var run = TrainingRun.Open(TestClearance.Create(plan), resume: false))
            run.Train(cancellationToken: TestContext.Current.CancellationToken);
        var folder = RunFolder.OpenExisting(plan.RunFolder);
        var checkpoint = Checkpoint.Open(folder.CheckpointFolder(folder.LatestCheckpointStep()!.Value));
        using var weights = checkpoint.LoadParameters(checkpoint.Config, CPU);
        using var model = new LanguageModel(weights);
        using var packed = new PackedDecoder(weights, threads: 1);
        using var int8 = new PackedDecoder(weights, PackedType.Int8, threads: 1);
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        var same = 0;
        foreach (var prompt in new[] { "", "Kablo", "İş emri", "Bir", "Telbis nedir?" })
        {
            int[] ids = [SpecialTokens.BeginOfText, .. tokenizer.EncodeToIds(prompt)];
            var expected = new TextGenerator(model).Generate(ids, SamplingOptions.Greedy(40)).ToArray();
            new TextGenerator(packed).Generate(ids, SamplingOptions.Greedy(40)).Should().Equal(expected, prompt);
            same += new TextGenerator(int8).Generate(ids, SamplingOptions.Greedy(40)).Zip(expected)
                .Count(pair => pair.First == pair.Second);
        }
        same.Should().BeGreaterThan(100, "most of the 200 tokens are the same with int8 weights");
    }
}
