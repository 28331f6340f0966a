namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class AccumulationMutations
{
    private const string Accumulated = "src/Training/Optimization/GradientAccumulation.cs",
        Clipping = "src/Training/Optimization/GradientClipping.cs",
        Pretrainer = "src/Training/Trainer.cs",
        Sum = "src/Training/Distributed/GradientAllReduce.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("mean-of-means", ["BUG-ACC-03"], Accumulated, "1.0 / lossTerms.Global", "1.0 / Math.Max(1, batch.LossTerms)",
            "Micro-batches have equal weights, regardless of their number of targets."),
        new(
            "divided-by-own-targets",
            ["BUG-ACC-04", "BUG-ACC-07"],
            Accumulated, "1.0 / lossTerms.Global", "1.0 / lossTerms.Local",
            "Each process divides by its own targets, not by those of the step."),
        new(
            "last-partial-micro-batch-dropped",
            ["BUG-ACC-05"],
            "src/Training/Objectives/TokenBatch.cs",
            "for (var first = 0L; first < all; first += maxRows)",
            "for (var first = 0L; first + maxRows <= all; first += maxRows)",
            "Rows that do not fill a micro-batch are skipped."),
        new(
            "gradient-of-the-last-step-stays",
            ["BUG-ACC-06", "BUG-PLB-04"],
            Accumulated, "        model.TrainableParameters.ClearGradients();", "",
            "A step starts with the gradient of the step before."),
        new(
            "gradient-cleared-inside-the-window",
            ["BUG-ACC-06"],
            Accumulated, "            sum += batch.Backward(",
            "            model.TrainableParameters.ClearGradients();\n            sum += batch.Backward(",
            "Only the last micro-batch is learned from."),
        new(
            "clipping-never-bites",
            ["BUG-ACC-08"],
            Pretrainer, "GradientClipping.ClipByGlobalNorm(Model.TrainableParameters, limit)",
            "GradientClipping.ClipByGlobalNorm(Model.TrainableParameters, double.PositiveInfinity)",
            "The limit of the plan is not used."),
        new(
            "clipping-limit-times-micro-batches",
            ["BUG-ACC-08"],
            Pretrainer, "GradientClipping.ClipByGlobalNorm(Model.TrainableParameters, limit)",
            "GradientClipping.ClipByGlobalNorm(Model.TrainableParameters, limit * Plan.Training.AccumulationSteps)",
            "The limit grows with the number of micro-batches."),
        new("clipping-scales-up", ["BUG-ACC-08"], Clipping, "norm > maxNorm", "norm > 0 && double.IsFinite(maxNorm)",
            "Small gradients are scaled up to the limit."),
        new(
            "clipping-by-weight",
            ["BUG-ACC-12"],
            Clipping, "gradient.mul_(maxNorm / (norm + 1e-6));", "gradient.mul_(maxNorm / (gradient.norm().ToDouble() + 1e-6));",
            "The gradient of every weight is clipped separately."),
        new("infinite-norm-clips", ["BUG-ACC-13"], Clipping, "double.IsFinite(norm) && norm > maxNorm", "!(norm <= maxNorm)",
            "One infinity makes every gradient zero or NaN."),
        new(
            "infinite-gradients-pass",
            ["BUG-ACC-13"],
            "src/Training/Safety/DivergenceGuard.cs", "if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm))",
            "if (!double.IsFinite(loss))",
            "A gradient that is not finite moves the weights."),
        new("gradients-in-bfloat16", ["BUG-ACC-10"], Accumulated, "            seen += batch.LossTerms;", """
            seen += batch.LossTerms;
            using (no_grad())
                foreach (var weight in model.TrainableParameters.Tensors)
                    if (weight.grad is { } gradient) gradient.copy_(gradient.to(bfloat16));
            """.Indent(12, first: true), "Sums of gradients are rounded after every micro-batch."),
        new("gradients-are-not-summed", ["BUG-ACC-07"], Sum, "        AllReduce(group, parameters);", "",
            "Processes train separately."),
        new("loss-of-one-process", ["BUG-EVL-09"], Sum, "return group.AllReduceSum(loss);", "return loss;",
            "Every process reports its part of the loss."),
        new("summed-gradients-misplaced", ["BUG-ACC-07"], Sum, "                first += gradient.numel();", "",
            "After the sum, small weights get the gradients of other weights."),
        new(
            "one-difference-is-none",
            ["BUG-ACC-07", "BUG-INI-05"],
            "src/Training/Distributed/RankConsistency.cs", "FindDifferences(group, hashes) is { Count: > 0 } differences",
            "FindDifferences(group, hashes) is { Count: > 1 } differences",
            "One weight that differs between processes is not found."),
        new(
            "dropout-equal-in-all-rows",
            ["BUG-DAT-13", "BUG-CKP-08"],
            "src/Training/Objectives/StepRandomness.cs", " + (ulong)row * SplitMix64.Increment", "",
            "All micro-batches and processes have the same dropout masks."),
        new("dropout-equal-in-all-steps", ["BUG-CKP-08"], "src/Training/Objectives/StepRandomness.cs", "+ (ulong)dataStep)", ")",
            "Every step has the same dropout masks."),
        new(
            "micro-batches-halved-too-far",
            [],
            "src/Training/Safety/MicroBatchLimit.cs",
            "Rows = (Rows + 1) / 2;",
            "Rows = Rows / 2;",
            "Micro-batches that do not fit become smaller than necessary."),
        new(
            "recomputation-with-other-random-numbers",
            ["BUG-CKP-08"],
            "src/Kernels/Autograd/Recomputation.cs", "if (current is not null) SetRandomState(saved[1]);", "",
            "The second pass of a block drops other elements than the first."),
        new(
            "recomputation-moves-random-numbers",
            ["BUG-CKP-08"],
            "src/Kernels/Autograd/Recomputation.cs", "if (current is not null) SetRandomState(current);", "",
            "After a backward pass the random numbers are those of the first block again."),
        new(
            "recomputed-blocks-pass-no-gradient",
            [],
            "src/Kernels/Autograd/Recomputation.cs", "return [input.grad];", "return [gradient];",
            "The gradient jumps over the block to its input."),
        new(
            "recomputed-rows-are-not-packed",
            [],
            "src/Model/LanguageModel.cs", "cache: null, segmentStarts),", "cache: null, segmentStarts: null),",
            "With activation checkpointing, the segments of a row see each other."),
    ];
}
