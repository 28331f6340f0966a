namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class PrecisionMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "weights-in-bfloat16",
            ["BUG-NUM-02"],
            "src/Training/Optimization/AdamW.cs", "_settings.WeightDecay : 0, Steps);",
            "_settings.WeightDecay : 0, Steps);\n                weight.copy_(weight.to(bfloat16));",
            "Small updates vanish: weights are rounded after every step."),
        new(
            "moments-saved-in-bfloat16",
            ["BUG-NUM-03"],
            "src/Training/Checkpoints/Checkpoint.cs",
            "[.. optimizer.State.Select(state => (state.Prefix, state.Table))])",
            "[.. optimizer.State.Select(state => (state.Prefix, state.Table))], type: SafetensorsDtype.BF16)",
            "Moments lose their digits in the file."),
        new(
            "weights-saved-in-bfloat16",
            ["BUG-NUM-03"],
            "src/Training/Checkpoints/Checkpoint.cs", """[("", parameters)])""",
            """[("", parameters)], type: SafetensorsDtype.BF16)""",
            "Weights lose their digits in the file."),
        new(
            "validation-summed-in-half",
            ["BUG-NUM-04"],
            "src/Training/Validation/PerplexityMetrics.cs",
            "Windows.Sum(window => window.Nats);",
            "(double)Windows.Aggregate((Half)0, (sum, window) => sum + (Half)window.Nats);",
            "The sum of validation losses has a precision of 11 bits."),
        new(
            "loss-summed-in-half",
            ["BUG-NUM-04"],
            "src/Training/Optimization/GradientAccumulation.cs",
            "sum += batch.Backward(model, 1.0 / lossTerms.Global, training);",
            "sum = (double)(Half)(sum + batch.Backward(model, 1.0 / lossTerms.Global, training));",
            "The sum of the losses of a step has a precision of 11 bits."),
        new(
            "products-in-bfloat16",
            ["BUG-NUM-06"],
            "src/Model/Layers/MatrixProduct.cs", "FusedOperators.Linears(x, weights, compute == ComputeType.BFloat16)",
            "FusedOperators.Linears(x, weights, true)",
            "Matrix products are in bfloat16 even if the plan says float32."),
        new(
            "softmax-in-bfloat16",
            ["BUG-NUM-08"],
            "src/Model/Layers/GroupedQueryAttention.cs", ".softmax(-1);", ".to(bfloat16).softmax(-1).to(float32);",
            "Weights do not sum to one."),
        new(
            "unstable-softmax-of-the-sampler",
            ["BUG-NUM-10"],
            "src/Inference/Generation/TokenSampler.cs", "Math.Exp(ranked[0].Score - ranked[i].Score)",
            "Math.Exp(-ranked[i].Score)",
            "Large logits overflow."),
    ];
}
