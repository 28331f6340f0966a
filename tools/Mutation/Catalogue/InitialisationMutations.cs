namespace TurkishLlm.Tools.Mutation.Catalogue;

internal static class InitialisationMutations
{
    private const string Initialization = "src/Model/Parameters/WeightInitializer.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("name-test-matches-nothing", ["INI-01"], Initialization, """name.EndsWith(".o_proj.weight", StringComparison.Ordinal)""", "name == \"o_proj.weight\"",
            "A bare name is compared with qualified ones: output projections are not scaled."),
        new("the-wrong-matrix-is-scaled", ["INI-02"], Initialization, ".down_proj.weight", ".gate_proj.weight",
            "The gate is scaled in place of the down projection."),
        new("no-residual-scaling", ["INI-03"], Initialization, "? StandardDeviation / Math.Sqrt(2.0 * config.NLayers)", "? StandardDeviation",
            "Activations grow with depth."),
        new("scaled-by-layers-alone", ["INI-03"], Initialization, "Math.Sqrt(2.0 * config.NLayers)", "Math.Sqrt(config.NLayers)",
            "The factor of two is forgotten."),
        new("ranks-begin-differently", ["INI-05"], "src/Training/Trainer.cs", "WeightInitializer.Initialize(plan.Model, plan.Seed, device)", "WeightInitializer.Initialize(plan.Model, plan.Seed + (environment?.ProcessGroup.Context.Rank ?? 0), device)",
            "Every process draws weights of its own."),
        new("embedding-with-sigma-one", ["INI-06"], Initialization, "normal_(0, GetStandardDeviation(name, config), generator)", "normal_(0, name.StartsWith(\"embed\", StringComparison.Ordinal) ? 1 : GetStandardDeviation(name, config), generator)",
            "The tied matrix is drawn as an embedding alone would be."),
        new("draws-from-the-common-generator", ["INI-09"], Initialization, "normal_(0, GetStandardDeviation(name, config), generator)", "normal_(0, GetStandardDeviation(name, config))",
            "Weights depend on what was drawn before."),
        new("every-matrix-begins-the-stream", ["INI-09"], Initialization, "normal_(0, GetStandardDeviation(name, config), generator)", "normal_(0, GetStandardDeviation(name, config), new ReplyGenerator((ulong)seed))",
            "Matrices of one shape are alike."),
        new("loaded-weights-are-drawn-anew", ["INI-07", "CKP-01"], "src/Training/Trainer.cs", "plan.Lora is null ? checkpoint.LoadParameters(plan.Model, device)", "plan.Lora is null ? WeightInitializer.Initialize(plan.Model, plan.Seed, device)",
            "A resumed run begins with new weights."),
    ];
}
