namespace TurkishLlm.Tools.Mutation.Catalogue;

internal static class AdapterMutations
{
    private const string Adapter = "src/Model/Lora/Adapter.cs", Config = "src/Model/Lora/LoraConfig.cs", LowRank = "src/Model/Lora/LowRankUpdate.cs", Saved = "src/Model/Lora/AdapterFile.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("alpha-is-not-divided-by-the-rank", ["LOR-01"], Config, "Scale => Alpha / Rank;", "Scale => Alpha;",
            "The addition is rank times too strong."),
        new("merge-without-scale", ["LOR-01"], Adapter, ".CheckedMatmul(GetA(name).detach().to(float64)) * Lora.Scale;", ".CheckedMatmul(GetA(name).detach().to(float64));",
            "The merged model has another addition than the adapter."),
        new("matrix-is-scaled-too", ["LOR-01"], LowRank, "return product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused) * scale;",
            "return (product + MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b, compute, fused)) * scale;",
            "The product of the model's own matrix is scaled with the addition."),
        new("merged-twice", ["LOR-02"], Adapter, "(weight.to(float64) + addition)", "(weight.to(float64) + addition + addition)",
            "The addition is merged twice."),
        new("merging-rounds-other-weights", ["TIE-06", "LOR-02"], Adapter, "return weight.clone();", "return weight.to(bfloat16).to(float32);",
            "Merging changes the embedding and the norms."),
        new("loaded-adapter-is-drawn-anew", ["LOR-04"], Saved, "return new(Lora, ParameterFile.Load(Path.Combine(_folder, WeightsName), weights.Config, Lora.GetShapes(weights.Config), device));", "return VerifyAdapter.Draw(weights.Config, Lora, 0, device);",
            "The numbers of a saved adapter are never read: the base model is taken for it."),
        new("alpha-comes-back-as-rank", ["LOR-04"], Saved, "new LoraConfig(read.Rank, read.Alpha,", "new LoraConfig(read.Rank, read.Rank,",
            "A saved adapter has another strength."),
        new("adapter-of-other-weights", ["LOR-04"], Saved, "found != BaseModel.Sha256)", "found.Length != BaseModel.Sha256.Length)",
            "An adapter is put onto weights that it was not trained on."),
        new("adapter-of-the-first-layer-only", ["LOR-05"], Config, "Enumerable.Range(0, model.NLayers).SelectMany", "Enumerable.Range(0, 1).SelectMany",
            "Only one layer is adapted."),
        new("names-of-matrices-do-not-match", ["LOR-05"], Adapter, "_updates.GetValueOrDefault(weight);", "_updates.GetValueOrDefault($\"model.{weight}\");",
            "No matrix finds its addition."),
        new("up-has-no-addition", ["LOR-05"], "src/Model/Layers/SwiGlu.cs", "adapter, $\"layers.{layer}.ffn.up_proj.weight\");", "null, $\"layers.{layer}.ffn.up_proj.weight\");",
            "One of the matrices has no addition."),
        new("down-is-adapted-without-the-kernel-only", ["LOR-05"], "src/Model/Layers/SwiGlu.cs", "return _down.Update is null ? product : _down.AddUpdate(product, F.silu(gate) * up, _compute, _fused, training);", "return product;",
            "With the kernel the addition of the last matrix is left out."),
        new("graph-is-cut-inside-the-addition", ["LOR-06"], LowRank, "MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused), b,", "MatrixProduct.Linear(MatrixProduct.Linear(read, a, compute, fused).detach(), b,",
            "A never learns."),
        new("adapters-below-get-no-gradient", ["LOR-06"], LowRank, ": x;", ": x.detach();",
            "The addition passes no gradient on to the layers below."),
        new("a-and-b-are-zero", ["LOR-07"], Adapter, "empty(shape, float32).uniform_(-limit, limit, generator)", "zeros(shape, float32)",
            "Neither of the two ever learns."),
        new("b-is-drawn", ["LOR-07"], Adapter, "var isA = name.EndsWith(\".lora_a\", StringComparison.Ordinal);", "var isA = name.Length > 0;",
            "Training begins with a disturbed model."),
        new("model-is-trained-in-place-of-the-adapter", ["LOR-08"], "src/Model/LanguageModel.cs", "(parameters, adapter?.Parameters ?? parameters);", "(parameters, parameters);",
            "The weights of the model learn, and the adapter does not."),
        new("model-learns-beside-its-adapter", ["LOR-08"], "src/Training/Trainer.cs", ": _parameters.Names) _parameters", ": []) _parameters",
            "The weights of the model get gradients beside the adapter."),
        new("adapter-drops-in-evaluation", ["EVL-03"], LowRank, "training && dropout > 0 ? F.dropout(x, dropout, training)", "dropout > 0 ? F.dropout(x, dropout, true)",
            "The adapter drops activations when it is used."),
    ];
}
