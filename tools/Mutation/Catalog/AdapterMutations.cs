namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class AdapterMutations
{
    private const string Adapter = "src/Model/Lora/Adapter.cs",
        Config = "src/Model/Lora/LoraConfig.cs",
        LowRank = "src/Model/Lora/LowRankUpdate.cs",
        Saved = "src/Model/Lora/AdapterFile.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("alpha-is-not-divided-by-the-rank", ["BUG-LOR-01"], Config, "Scale => Alpha / Rank;", "Scale => Alpha;",
            "The adapter output is too large by a factor of the rank."),
        new(
            "merge-without-scale",
            ["BUG-LOR-01"],
            Adapter, ".CheckedMatmul(GetA(name).detach().to(float64)) * Lora.Scale;",
            ".CheckedMatmul(GetA(name).detach().to(float64));",
            "The merged model differs from the model with the adapter."),
        new(
            "matrix-is-scaled-too",
            ["BUG-LOR-01"],
            LowRank,
            "return product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused) * scale;",
            "return (product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused)) * scale;",
            "The product of the base matrix is scaled with the adapter output."),
        new(
            "merged-twice",
            ["BUG-LOR-02"],
            Adapter, "(weight.to(float64) + addition)", "(weight.to(float64) + addition + addition)",
            "The adapter is merged twice."),
        new(
            "merging-rounds-other-weights",
            ["BUG-TIE-06", "BUG-LOR-02"],
            Adapter, "return weight.clone();", "return weight.to(bfloat16).to(float32);",
            "Merging changes the embedding and the norms."),
        new(
            "loaded-adapter-is-drawn-again",
            ["BUG-LOR-04"],
            Saved,
            "return new(\n            Lora,\n            "
                + "ParameterFile.Load(Path.Combine(_folder, WeightsName), weights.Config, "
                + "Lora.GetShapes(weights.Config), device));",
            "return Adapter.Create(weights.Config, Lora, 0, device);",
            "The tensors of a saved adapter are never read: the base model is evaluated instead."),
        new(
            "alpha-comes-back-as-rank",
            ["BUG-LOR-04"],
            Saved, "new LoraConfig(read.Rank, read.Alpha,", "new LoraConfig(read.Rank, read.Rank,",
            "A saved adapter has another alpha."),
        new(
            "adapter-of-other-weights",
            ["BUG-LOR-04"],
            Saved, "found != BaseModel.Sha256)", "found.Length != BaseModel.Sha256.Length)",
            "An adapter is applied to weights that it was not trained on."),
        new(
            "adapter-of-the-first-layer-only",
            ["BUG-LOR-05"],
            Config, "Enumerable\n            .Range(0, model.NLayers)\n            .SelectMany",
            "Enumerable.Range(0, 1).SelectMany",
            "Only one layer is adapted."),
        new(
            "names-of-matrices-do-not-match",
            ["BUG-LOR-05"],
            Adapter, "_updates.GetValueOrDefault(weight);", "_updates.GetValueOrDefault($\"model.{weight}\");",
            "No matrix finds its adapter."),
        new(
            "up-has-no-addition",
            ["BUG-LOR-05"],
            "src/Model/Layers/SwiGlu.cs", "adapter, $\"layers.{layer}.ffn.up_proj.weight\");",
            "null, $\"layers.{layer}.ffn.up_proj.weight\");",
            "One of the matrices has no adapter."),
        new(
            "down-is-adapted-without-the-kernel-only",
            ["BUG-LOR-05"],
            "src/Model/Layers/SwiGlu.cs",
            "return _down.Update is null ? product : _down.AddUpdate(product, F.silu(gate) * up, _compute, _fused, training);",
            "return product;",
            "With the kernel, the adapter of the last matrix is skipped."),
        new(
            "graph-is-cut-inside-the-addition",
            ["BUG-LOR-06"],
            LowRank, "MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b,",
            "MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused).detach(), b,",
            "A is never trained."),
        new("adapters-below-get-no-gradient", ["BUG-LOR-06"], LowRank, ": x;", ": x.detach();",
            "The adapter passes no gradient to the layers below."),
        new(
            "a-and-b-are-zero",
            ["BUG-LOR-07"],
            Adapter, "empty(shape, float32).uniform_(-limit, limit, generator)", "zeros(shape, float32)",
            "Neither adapter matrix is ever trained."),
        new(
            "b-is-drawn",
            ["BUG-LOR-07"],
            Adapter,
            "var isA = name.EndsWith(\".lora_a\", StringComparison.Ordinal);",
            "var isA = name.Length > 0;",
            "Training starts with a disturbed model."),
        new(
            "model-is-trained-in-place-of-the-adapter",
            ["BUG-LOR-08"],
            "src/Model/LanguageModel.cs",
            "(parameters, adapter?.Parameters ?? parameters, adapter);", "(parameters, parameters, adapter);",
            "The weights of the model are trained, and the adapter is not."),
        new(
            "model-learns-beside-its-adapter",
            ["BUG-LOR-08"],
            "src/Training/Trainer.cs", ": _parameters.Names)\n            _parameters", ": []) _parameters",
            "The weights of the model get gradients too, not only the adapter."),
        new(
            "adapter-drops-in-evaluation",
            ["BUG-EVL-03"],
            LowRank, "training && dropout > 0 ? F.dropout(x, dropout, training)", "dropout > 0 ? F.dropout(x, dropout, true)",
            "The adapter applies dropout in inference."),
    ];
}
