namespace TurkishLlm.Tests.Mutation;

internal static class PrecisionMutations
{
    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("weights-in-bfloat16", ["NUM-02"], "src/Training/AdamW.cs", "_settings.WeightDecay : 0, Steps);", "_settings.WeightDecay : 0, Steps);\n                weight.copy_(weight.to(bfloat16));",
            "Small updates vanish: weights are rounded after every step."),
        new("moments-saved-in-bfloat16", ["NUM-03"], "src/Training/Checkpoint.cs", "[(Mean, optimizer.Means), (Square, optimizer.Squares)])", "[(Mean, optimizer.Means), (Square, optimizer.Squares)], type: SafetensorsType.BF16)",
            "Moments lose their digits in the file."),
        new("weights-saved-in-bfloat16", ["NUM-03"], "src/Training/Checkpoint.cs", """[("", parameters)])""", """[("", parameters)], type: SafetensorsType.BF16)""",
            "Weights lose their digits in the file."),
        new("validation-summed-in-half", ["NUM-04"], "src/Training/ValidationResult.cs", "Windows.Sum(window => window.Nats);", "(double)Windows.Aggregate((Half)0, (sum, window) => sum + (Half)window.Nats);",
            "The sum of validation losses has 11 bits."),
        new("loss-summed-in-half", ["NUM-04"], "src/Training/AccumulatedGradient.cs", "sum += batch.Backward(model, 1.0 / targets.InStep, training);", "sum = (double)(Half)(sum + batch.Backward(model, 1.0 / targets.InStep, training));",
            "The sum of a step's losses has 11 bits."),
        new("products-in-bfloat16", ["NUM-06"], "src/Model/MatrixProduct.cs", "FusedOperators.Linears(x, weights, compute == ComputeType.BFloat16)", "FusedOperators.Linears(x, weights, true)",
            "Matrix products are in bfloat16 whatever the plan says."),
        new("softmax-in-bfloat16", ["NUM-08"], "src/Model/GroupedQueryAttention.cs", ".softmax(-1);", ".to(bfloat16).softmax(-1).to(float32);",
            "Weights do not sum to one."),
        new("unstable-softmax-of-the-sampler", ["NUM-10"], "src/Model/TokenSampler.cs", "Math.Exp(ranked[0].Score - ranked[i].Score)", "Math.Exp(-ranked[i].Score)",
            "Large logits overflow."),
    ];
}
