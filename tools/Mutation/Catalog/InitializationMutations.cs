namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class InitializationMutations
{
    private const string Initialization = "src/Model/Parameters/WeightInitializer.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "name-test-matches-nothing",
            ["BUG-INI-01"],
            Initialization, """name.EndsWith(".o_proj.weight", StringComparison.Ordinal)""", "name == \"o_proj.weight\"",
            "A bare name is compared with qualified ones: output projections are not scaled."),
        new("the-wrong-matrix-is-scaled", ["BUG-INI-02"], Initialization, ".down_proj.weight", ".gate_proj.weight",
            "The gate is scaled instead of the down projection."),
        new(
            "no-residual-scaling",
            ["BUG-INI-03"],
            Initialization, "? StandardDeviation / Math.Sqrt(2.0 * config.NLayers)", "? StandardDeviation",
            "Activations grow with depth."),
        new(
            "scaled-by-layers-alone",
            ["BUG-INI-03"],
            Initialization, "Math.Sqrt(2.0 * config.NLayers)", "Math.Sqrt(config.NLayers)",
            "The factor of two is missing."),
        new(
            "ranks-begin-differently",
            ["BUG-INI-05"],
            "src/Training/Trainer.cs", "WeightInitializer.Initialize(plan.Model, plan.Seed, device)",
            "WeightInitializer.Initialize(plan.Model, plan.Seed + (environment?.ProcessGroup.Context.Rank ?? 0), device)",
            "Every process initializes its own weights."),
        new(
            "embedding-with-sigma-one",
            ["BUG-INI-06"],
            Initialization, "normal_(0, GetStandardDeviation(name, config), generator)",
            "normal_(0, name.StartsWith(\"embed\", StringComparison.Ordinal) ? 1 "
                + ": GetStandardDeviation(name, config), generator)",
            "The tied matrix is initialized like an untied embedding."),
        new(
            "draws-from-the-common-generator",
            ["BUG-INI-09"],
            Initialization, "normal_(0, GetStandardDeviation(name, config), generator)",
            "normal_(0, GetStandardDeviation(name, config))",
            "Initial weights depend on the random numbers drawn before."),
        new(
            "every-matrix-begins-the-stream",
            ["BUG-INI-09"],
            Initialization, "normal_(0, GetStandardDeviation(name, config), generator)",
            "normal_(0, GetStandardDeviation(name, config), new Generator((ulong)seed))",
            "Matrices of the same shape are equal."),
        new(
            "loaded-weights-are-drawn-again",
            ["BUG-INI-07", "BUG-CKP-01"],
            "src/Training/Trainer.cs",
            "plan.Lora is null\n                    ? checkpoint.LoadParameters(plan.TrainedModel, device)",
            "plan.Lora is null ? WeightInitializer.Initialize(plan.TrainedModel, plan.Seed, device)",
            "A resumed run starts with new weights."),
    ];
}
