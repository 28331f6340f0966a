using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Packing;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the gradient of a step over examples, in the weights, and returns its loss.</summary>
public delegate double AccumulateExamples(
    LanguageModel model, IReadOnlyList<IReadOnlyList<IReadOnlyList<TokenizedExample>>> microBatches);

/// <summary>Examples of different lengths with different shares of learned tokens, in micro-batches.</summary>
/// <param name="Packed">True to put several examples into a row.</param>
/// <param name="MicroBatches">Number of micro-batches.</param>
public sealed record ExamplesCase(bool Packed, int MicroBatches)
{
    /// <summary>Maximum rows per forward pass, as if more did not fit into memory.</summary>
    public int RowsPerMicroBatch { get; init; } = int.MaxValue;

    internal static ModelCase Model { get; } = new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 56, Batch: 1, Time: 1);

    internal const int SequenceLength = 17;

    private static readonly (int Length, int Learned)[] Shapes = [(12, 3), (5, 1), (9, 7), (4, 2), (16, 4), (7, 5), (3, 1)];

    internal static IReadOnlyList<TokenizedExample> Examples(Conditions at) =>
        [
            .. Shapes.Select(
                (shape, i) =>
                    new TokenizedExample(
        [.. at.Ids(40 + i, Model.Vocabulary, shape.Length + 1).Longs().Select(id => (int)id)],
        [.. Enumerable.Range(0, shape.Length + 1).Select(place => place > shape.Length - shape.Learned)]))];

    /// <summary>The rows, in micro-batches.</summary>
    internal IReadOnlyList<IReadOnlyList<IReadOnlyList<TokenizedExample>>> Rows(Conditions at)
    {
        var examples = Examples(at);
        var rows = Packed
            ? RowPacking
                .PackBestFit([.. examples.Select(e => e.Length)], SequenceLength)
                .Select(row => (IReadOnlyList<TokenizedExample>)[.. row.Select(i => examples[i])])
                .ToArray()
            : [.. examples.Select(e => (IReadOnlyList<TokenizedExample>)[e])];
        return [.. rows.Chunk((rows.Length + MicroBatches - 1) / MicroBatches)];
    }
}

/// <summary>Steps of fine-tuning: SFT-15, SFT-33.</summary>
public static class FineTuningSpec
{
    public static readonly Requirement<ExamplesCase, AccumulateExamples> SFT_15_AsAlone = new()
    {
        Id = "SFT-15",
        Statement = "A step over examples, packed or padded and in any micro-batches, has the loss and gradients of the float64 "
            + "oracle for the examples one by one: every token in the loss mask has the same weight, and no other token counts.",
        Source = "BUG-SFT-13, BUG-SFT-14, BUG-LOS-05, BUG-ACC-01: trl tests/invariant; transformers #34191: divided by rows, or "
            + "by all tokens; TOL-MODEL",
        CanonicalCases =
        [
            new(Packed: false, 1), new(Packed: true, 1), new(Packed: false, 3), new(Packed: true, 2),
            new(Packed: true, 1) { RowsPerMicroBatch = 2 },
        ],
        Subject = (c, at) => (model, microBatches) => GradientAccumulation.Compute(
            model,
            microBatches.SelectMany(rows => Batch(rows, c, at).Split(c.RowsPerMicroBatch)),
            microBatches.Sum(rows => rows.Sum(row => row.Sum(e => (long)e.SupervisedCount)))),
        Holds = (learn, c, at) =>
        {
            using var weights = ModelCase.Weights(ExamplesCase.Model.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var (loss, gradients, largest) = Oracle(weights, c, at);
            var found = learn(model, c.Rows(at));
            var allowed =
                Tolerance.Loss(ScalarType.Float32, ExamplesCase.Model.Vocabulary, largest)
                + 2 * ExamplesCase.Model.Allowed(at) * largest;
            return Verdict.All(
            [
                Verdict.AtMost(allowed, Math.Abs(found - loss), "difference from the oracle's loss, nats"),
                .. weights.Names.Select(name =>
                {
                    using var gradient = weights[name].grad;
                    return Verdict.AtMost(
                        ExamplesCase.Model.AllowedGradient(at), gradient?.RelativeTo(gradients[name]) ?? double.NaN,
                        $"gradient of {name}, max|Δ| ÷ max|g|");
                }),
            ]);
        },
        Impostors = new()
        {
            ["divided by all tokens"] = WithCorruptedLoss((sum, batches, _) => sum / batches.Sum(b => b.Inputs.numel())),
            ["divided by the rows"] = WithCorruptedLoss((sum, batches, _) => sum / batches.Sum(b => b.Inputs.size(0))),
            ["the mean of the means of micro-batches and rows"] = (c, at) => (model, microBatches) =>
                Mean(model, [.. microBatches.SelectMany(rows => rows.Select(row => Batch([row], c, at)))]),
            ["the question is learned too"] = WithCorruptedMask((_, _) => true),
            ["the end of the turn is not learned"] = WithCorruptedMask((e, i) => e.LossMask[i] && i < e.Ids.Count - 1),
            ["the first answer token is not learned"] = WithCorruptedMask((e, i) => e.LossMask[i] && e.LossMask[i - 1]),
            ["learned one position late"] = WithCorruptedMask((e, i) => i > 1 && e.LossMask[i - 1]),
            ["padding is learned"] = (c, at) => (model, microBatches) => CorruptLoss(model, [.. microBatches.Select(rows =>
            {
                var batch = Batch(rows, c, at);
                var (inputs, targets) = (batch.Inputs.Longs(), batch.Targets.Longs());
                return TokenBatch.Create(
                    inputs,
                    [
                        .. targets.Select(
                            (target, i) =>
                                inputs[i] == SpecialTokens.Pad || i % 5 == 4 && target == -1
                                    ? SpecialTokens.Pad
                                    : target),
                    ],
                    rows.Count, at.Device,
                    batch.SegmentStarts?.Longs());
            })], (sum, batches, _) => sum / batches.Sum(b => b.LossTerms)),
            ["examples of a row read one another, and an example alone cannot read its first token"] = (c, at) =>
                (model, microBatches) =>
                    CorruptLoss(
                        model,
                        [
                            .. microBatches.Select(rows =>
            {
                var batch = Batch(rows, c, at);
                var starts = batch.SegmentStarts is null
                    ? Enumerable
                        .Range(0, (int)batch.Inputs.numel())
                        .Select(i => (long)Math.Min(1, i % batch.Inputs.size(1)))
                        .ToArray()
                    : new long[batch.Inputs.numel()];
                return TokenBatch.Create(batch.Inputs.Longs(), batch.Targets.Longs(), rows.Count, at.Device, starts);
            })], (sum, batches, _) => sum / batches.Sum(b => b.LossTerms)),
        },
    };

    public static readonly Requirement<InterruptedRunCase, TrainWithInterruptions> SFT_33_SameBits = new()
    {
        Id = "SFT-33",
        Statement = "A fine-tuning run that is stopped and resumed, within an epoch or at its end, has the losses and final "
            + "weights of the uninterrupted run, bit for bit.",
        Source = "BUG-CKP-04, BUG-CKP-05, BUG-CKP-08",
        CanonicalCases = [new("1+2+2", Dropout: 0.1, Accumulation: 2), new("3+1+2", Dropout: 0, Accumulation: 1)],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => (plan, run) => ResumeSpec.Train(plan, run, (clearance, folder) => Trainer.Resume(clearance, folder)),
        Holds = (train, run, at) => WithConversations(at, run, plan => Verdict.SameElements(
            ResumeSpec.Train(plan, run with { Segments = $"{run.Steps}" }, (_, _) =>
                throw new InvalidOperationException("Nothing is resumed.")),
            train(plan, run), "losses and weights")),
        Impostors = new()
        {
            ["the epoch starts again"] = (_, _) =>
                (plan, run) =>
                    ResumeSpec.Train(plan, run, (clearance, folder) =>
                        ResumeSpec.Restart(clearance, folder, step: 0, keepOptimizer: true)),
            ["moments start at zero"] = (_, _) =>
                (plan, run) =>
                    ResumeSpec.Train(plan, run, (clearance, folder) =>
                        ResumeSpec.Restart(clearance, folder, Checkpoint.Open(folder).State.Step, keepOptimizer: false)),
            ["a batch is skipped"] = (_, _) =>
                (plan, run) =>
                    ResumeSpec.Train(plan, run, (clearance, folder) =>
                        ResumeSpec.Restart(clearance, folder, Checkpoint.Open(folder).State.Step + 1, keepOptimizer: true)),
        },
    };

    public static IReadOnlyList<Requirement> All => [SFT_15_AsAlone, SFT_33_SameBits];

    private static Verdict WithConversations(Conditions at, InterruptedRunCase run, Func<TrainingPlan, Verdict> judge)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-conversations-");
        try
        {
            var file = Path.Combine(folder.FullName, "rows.jsonl");
            ConversationWriter.Write(file, Enumerable.Range(0, 9).Select(i => new ConversationRow(file, i + 1)
            {
                Conversation = new(
                    ChatMessage.User($"Depo {i}?"),
                    ChatMessage.Assistant(string.Join(' ', Enumerable.Repeat("dolu", 1 + i)))),
            }), ConversationFormat.Messages);
            return judge(ResumeSpec.Plan(at, run) with
            {
                Training = new BatchingPlan(
                    run.Steps, MicroBatchSize: 2, SequenceLength: 64, AccumulationSteps: run.Accumulation),
                Model = ResumeSpec.Plan(at, run).Model.With(maxSeqLen: 64),
                Sft = new SftPlan([new("rows", file)]) { ValidationShare = 0, TextShare = 0.2 },
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static TokenBatch Batch(IReadOnlyList<IReadOnlyList<TokenizedExample>> rows, ExamplesCase c, Conditions at) =>
        ExampleCollator.Collate(rows, c.Packed ? ExamplesCase.SequenceLength : null, at.Device);

    // Computes the examples one by one, each divided by the learned tokens of all.
    private static (double Loss, Dictionary<string, double[]> Gradients, double Largest) Oracle(
        ParameterTable weights, ExamplesCase c, Conditions at)
    {
        var oracle = new TransformerOracle(ExamplesCase.Model.Sizes, weights.Doubles());
        var (examples, gradients, loss, largest) = (
            ExamplesCase.Examples(at), new Dictionary<string, double[]>(StringComparer.Ordinal), 0.0, 0.0);
        var counted = examples.Sum(e => e.LossMask.Count(mark => mark));
        foreach (var example in examples)
        {
            var result = oracle.Run(
                [.. example.Ids.SkipLast(1).Select(id => (long)id)],
                [.. example.Ids.Skip(1).Select((id, i) => example.LossMask[i + 1] ? id : -1L)], batch: 1, counted);
            loss += result.Loss;
            largest = Math.Max(largest, result.Logits.Max(Math.Abs));
            foreach (var (name, gradient) in result.Gradients)
                gradients[name] = gradients.TryGetValue(name, out var sum) ? [.. sum.Zip(gradient, (a, b) => a + b)] : gradient;
        }
        return (loss, gradients, largest);
    }

    private static Func<ExamplesCase, Conditions, AccumulateExamples> WithCorruptedLoss(
        Func<Tensor, IReadOnlyList<TokenBatch>, TokenBatch, Tensor> scale
    ) => (c, at) => (model, microBatches) => CorruptLoss(model, [.. microBatches.Select(rows => Batch(rows, c, at))], scale);

    private static Func<ExamplesCase, Conditions, AccumulateExamples> WithCorruptedMask(
        Func<TokenizedExample, int, bool> marked) =>
        (c, at) =>
            (model, microBatches) =>
        CorruptLoss(model, [.. microBatches.Select(rows => Batch(
            [
                .. rows.Select(row =>
                    row.Select(e => new TokenizedExample(
                            [.. e.Ids.Select(id => (int)id)],
                            [false, .. Enumerable.Range(1, e.Length).Select(i => marked(e, i))]))
                        .ToArray()),
            ],
            c, at)),
],
            (sum, batches, _) => sum / batches.Sum(b => b.LossTerms));

    private static double Mean(LanguageModel model, IReadOnlyList<TokenBatch> batches) =>
        CorruptLoss(model, batches, (sum, all, batch) => sum / batch.LossTerms / all.Count);

    private static double CorruptLoss(
        LanguageModel model, IReadOnlyList<TokenBatch> batches, Func<Tensor, IReadOnlyList<TokenBatch>, TokenBatch, Tensor> scale)
    {
        model.Parameters.ClearGradients();
        var reported = 0.0;
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var loss = scale(batch.LossSum(model), batches, batch);
            loss.backward();
            reported += loss.ToDouble();
        }
        return reported;
    }
}
