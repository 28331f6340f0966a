namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class LossMutations
{
    private const string LanguageModel = "src/Model/LanguageModel.cs",
        CrossEntropy = "src/Model/Layers/CrossEntropy.cs",
        Head = "src/Model/Layers/OutputHead.cs",
        Window = "src/Data/Batches/TokenWindow.cs",
        Sequential = "src/Data/Batches/SequentialWindows.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("targets-are-the-inputs", ["BUG-LOS-02"], Window, "(tokens[i], tokens[i + 1]);", "(tokens[i], tokens[i]);",
            "The model learns to copy."),
        new(
            "targets-shifted-twice",
            ["BUG-LOS-02"],
            Window, "(tokens[i], tokens[i + 1]);", "(tokens[i], tokens[Math.Min(i + 2, inputs.Length)]);",
            "The model learns the token after the next."),
        new(
            "padding-is-a-target",
            ["BUG-LOS-03", "BUG-LOS-06"],
            Sequential, "targets[length..].Fill(IgnoreIndex);", "targets[length..].Fill(SpecialTokens.Pad);",
            "After the end of the file, padding is predicted."),
        new(
            "padding-counts",
            ["BUG-LOS-06"],
            "src/Training/Objectives/TokenBatch.cs", "tensor(targets, shape, device: device), counted.Length)",
            "tensor(targets, shape, device: device), targets.Length)",
            "Ignored targets are counted."),
        new(
            "loss-of-bfloat16-logits",
            ["BUG-LOS-07"],
            CrossEntropy, "logits.to(float32).reshape", "logits.to(bfloat16).to(float32).reshape",
            "Logits are rounded before the loss."),
        new(
            "graph-cut-before-the-head",
            ["BUG-LOS-08"],
            LanguageModel, "ForwardHidden(ids, training, segmentStarts: segmentStarts).reshape",
            "ForwardHidden(ids, training, segmentStarts: segmentStarts).detach().reshape",
            "Only the head is trained."),
        new(
            "targets-flattened-by-time",
            ["BUG-LOS-10"],
            LanguageModel,
            "var wanted = targets.reshape(-1);",
            "var wanted = targets.t().reshape(-1);",
            "Logits and targets are in different orders in training."),
        new(
            "targets-flattened-by-time-elsewhere",
            ["BUG-LOS-10"],
            CrossEntropy, "F.cross_entropy(rows, targets.reshape(-1)", "F.cross_entropy(rows, targets.t().reshape(-1)",
            "Logits and targets are in different orders if the kernel does not run."),
        new(
            "loss-has-a-penalty",
            ["BUG-LOS-13"],
            Head, ".sum() * scale;", ".sum() * scale + 1e-3 * hidden.square().sum() * scale;",
            "An auxiliary term is in the reported loss."),
        new(
            "loss-ignores-its-weight",
            ["BUG-ACC-03"],
            Head, "CrossEntropy.IgnoreIndex, scale,", "CrossEntropy.IgnoreIndex, 1.0,",
            "Losses are not divided by the targets of the step."),
        new("mean-for-sum", ["BUG-ACC-03"], Head, ".sum() * scale;", ".mean() * scale;",
            "The loss is divided twice."),
        new(
            "logits-are-capped",
            ["BUG-NUM-10"],
            CrossEntropy, "logits.to(float32).reshape", "logits.to(float32).clamp(-30, 30).reshape",
            "Logits beyond 30 give a wrong loss."),
    ];
}
