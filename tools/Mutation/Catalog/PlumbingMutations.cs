namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class PlumbingMutations
{
    private const string LanguageModel = "src/Model/LanguageModel.cs", Table = "src/Model/Parameters/ParameterTable.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "one-block-for-all",
            ["BUG-PLB-01"],
            LanguageModel, "new TransformerBlock(parameters, i, compute, fused, adapter)",
            "new TransformerBlock(parameters, Math.Min(i, 0), compute, fused, adapter)",
            "Every block is the first; the weights of the others are never used."),
        new(
            "last-block-is-not-called",
            ["BUG-PLB-02"],
            LanguageModel, "layer < _blocks.Length;", "layer < _blocks.Length - 1;",
            "The last block is in the table and not in the forward pass."),
        new(
            "only-the-first-gradient-is-cleared",
            ["BUG-PLB-04"],
            Table,
            "foreach (var tensor in Tensors) tensor.grad = null;",
            "foreach (var tensor in Tensors.Take(1)) tensor.grad = null;",
            "Gradients of all weights except the embedding are never cleared."),
        new("norms-are-frozen", ["BUG-PLB-06"], Table, ".requires_grad_());", ".requires_grad_(shape.Length > 1));",
            "Norm weights are never trained."),
        new(
            "copy-shares-its-memory",
            ["BUG-PLB-03"],
            Table, "to(float32, device, copy: true)", "to(float32, device, copy: false)",
            "A copy of the weights moves with the original."),
        new(
            "no-gradient-through-the-first-block",
            ["BUG-PLB-09"],
            LanguageModel,
            "            using var scope = NewDisposeScope();",
            "            using var scope = NewDisposeScope();\n"
                + "            using var grad = block == _blocks[0] ? no_grad() : null;",
            "A scope without gradients covers the first block."),
        new(
            "a-scope-frees-what-is-used",
            ["BUG-PLB-07"],
            "src/Model/Layers/AlibiBiasCache.cs",
            "return _bias = Alibi.ComputeBias(heads, queries, keys, device).DetachFromDisposeScope();",
            "return _bias = Alibi.ComputeBias(heads, queries, keys, device);",
            "The bias cached for the next block is freed with the scope of this one."),
        new(
            "decimal-sign-of-the-culture",
            ["BUG-TOK-03"],
            "src/Plans/PlanValue.cs", "double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value)",
            "double.TryParse(text, NumberStyles.Float, CultureInfo.CurrentCulture, out value)",
            "Under tr-TR a learning rate of 0.001 is read as 1, or refused."),
    ];
}
