namespace TurkishLlm.Tests.Mutation;

internal static class EvaluationMutations
{
    private const string Result = "src/Training/ValidationResult.cs", Validation = "src/Training/Validation.cs", Bytes = "src/Training/TokenBytes.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("mean-of-window-means", ["EVL-01"], Result, "Loss => Nats / Tokens;", "Loss => Windows.Average(window => window.Nats / window.Tokens);",
            "A short window weighs as much as a long one."),
        new("every-process-measures-all", ["EVL-01"], Validation, "window += group.World.Size)", "window++)",
            "With two processes windows are measured twice."),
        new("validation-in-training-mode", ["EVL-03"], Validation, "model.LossSum(batch.Inputs, batch.Targets)", "model.LossSum(batch.Inputs, batch.Targets, training: true)",
            "Validation drops activations."),
        new("no-dropout-in-training", ["EVL-04"], "src/Training/AccumulatedGradient.cs", "batch.Targets, training, scale:", "batch.Targets, false, scale:",
            "Training is left in evaluation mode."),
        new("characters-for-bytes", ["EVL-05"], Bytes, "tokenizer.BytesOf(id).Length)", "tokenizer.Decode([id]).Length)",
            "Characters are counted as bytes."),
        new("special-tokens-have-bytes", ["EVL-05"], Bytes, "id < VocabularyLayout.FirstByte ? 0 : ", "",
            "Special tokens count the bytes of their names."),
        new("nats-per-byte", ["EVL-05"], Result, "Nats / Math.Log(2) / Bytes", "Nats / Bytes",
            "Nats are reported as bits."),
        new("loss-of-the-last-micro-batch", ["EVL-09"], "src/Training/AccumulatedGradient.cs", "sum += loss.ToDouble();", "sum = loss.ToDouble();",
            "The loss of a step is that of its last micro-batch."),
        new("smoothed-loss-begins-at-zero", ["EVL-09"], "src/Training/Sight/ExponentialMean.cs", "_weight = decay * _weight + (1 - decay);", "_weight = 1;",
            "The smoothed loss rises from zero."),
        new("smoothed-loss-forgets-the-earlier-run", ["EVL-09"], "src/Training/Sight/RunProgress.cs", "foreach (var numbers in earlier ?? []) Add(numbers);", "foreach (var numbers in (earlier ?? []).Take(0)) Add(numbers);",
            "After a resume the smoothed loss begins anew."),
        new("validation-moves-on", ["EVL-10"], Validation, "var tokens = source.Read(window, inputs, targets);", "var tokens = source.Read((window + Environment.TickCount64) % source.Count, inputs, targets);",
            "Every validation reads another slice."),
        new("perplexity-of-base-two", [], Result, "Perplexity => Math.Exp(Loss);", "Perplexity => Math.Pow(2, Loss);",
            "Perplexity is two to the power of nats."),
        new("attention-counted-half", [], "src/Model/ComputeCost.cs", "12.0 * config.NLayers", "6.0 * config.NLayers",
            "The operations of attention are counted once too few."),
        new("validation-on-training", ["DAT-19"], "src/Training/Pretrainer.cs", "Validation.Measure(Model, _data.Validation,", "Validation.Measure(Model, _data.Train,",
            "The run validates on what it learns from."),
    ];
}
