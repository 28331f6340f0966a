using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;
using static TorchSharp.torch;

namespace TurkishLlm.Cli;

/// <summary>Looks at everything a checkpoint or a model claims, and does not stop at the first thing that is wrong.</summary>
internal static class CheckpointVerification
{
    public static IReadOnlyList<Finding> Of(ModelPath at) => at.IsCheckpoint ? OfCheckpoint(at) : OfFolder(at.Folder);

    private static List<Finding> OfCheckpoint(ModelPath at)
    {
        var (model, optimizer) = (Path.Combine(at.Folder, "model.safetensors"), Path.Combine(at.Folder, "optimizer.safetensors"));
        var adapted = AdapterFile.IsIn(at.Folder);
        Checkpoint? checkpoint = null;
        ModelConfig? config = null;
        var findings = new List<Finding>
        {
            Finding.Of("hashes", () =>
            {
                checkpoint = Checkpoint.Open(at.Folder);
                return $"{checkpoint.State.Sha256.Count} files as state.json says, after step {Show.Count(checkpoint.State.Step)}";
            }),
            Finding.Of("configuration", () => Describe(config = ModelConfigFile.Read(Path.Combine(at.Folder, "config.json")))),
        };
        if (config is not null)
        {
            findings.Add(adapted
                ? Finding.Of("adapter", () => Adapter(at.Folder, config))
                : Finding.Of("weights", () => Weights(SafetensorsFile.Open(model), config, WeightNames.Unwrapped)));
            findings.Add(Finding.Of("moments", () => Moments(optimizer, config, [.. adapted ? AdapterFile.Open(at.Folder).Lora.ShapesFor(config) : ParameterTable.ShapesOf(config)])));
        }
        if (at.Run is { } run && config is not null) findings.Add(Finding.Of("plan", () => Plan(run, config)));
        if (at.Run is not null && checkpoint is not null && config is not null) findings.Add(Finding.Of("tokenizer", () => TokenizerOfRun(at.Run, checkpoint, config)));
        return findings;
    }

    private static List<Finding> OfFolder(string folder)
    {
        ModelFolder? model = null;
        var findings = new List<Finding>
        {
            ModelFolder.HasSums(folder)
                ? Finding.Of("hashes", () => $"{ModelFolder.CheckSums(folder)} files as SHA256SUMS says")
                : new Finding(FindingKind.Warn, "hashes", "there is no SHA256SUMS, so damage to a number would not be seen", "Export the model anew with `turkishllm checkpoint export`."),
            Finding.Of("configuration", () => Describe((model = ModelFolder.OpenUnchecked(folder)).Config)),
        };
        if (model is null) return findings;
        findings.Add(Finding.Of("weights", () => Weights(SafetensorsFile.Open(model.WeightsFile), model.Config, ModelFolder.NamesOf(model.Format))));
        findings.Add(Finding.Of("tokenizer", () =>
        {
            var tokenizer = Tokenizer.Load(folder);
            ModelFolder.RequireTokenizer(tokenizer, folder, model.Config);
            return $"{Show.Count(tokenizer.VocabularySize)} tokens, as many as the model has";
        }));
        return findings;
    }

    private static string Describe(ModelConfig config) => $"{Show.Count(config.ParameterCount, "parameter")} in {Show.Count(config.NLayers, "layer")}";

    private static string Weights(SafetensorsFile file, ModelConfig config, Func<string, string> names)
    {
        using (file)
        using (var weights = ParameterFile.Load(file, config, CPU, names))
        {
            RequireFinite(weights);
            return $"{Show.Count(weights.Names.Count, "tensor")} of the right names and shapes, every number finite";
        }
    }

    private static string Adapter(string folder, ModelConfig config)
    {
        var file = AdapterFile.Open(folder);
        using var weights = InitialWeights.Open(file.Base.Folder).Load(config, CPU);
        using var adapter = file.Load(weights, file.Base.Folder, CPU);
        RequireFinite(adapter.Parameters);
        using var merged = adapter.MergeInto(weights);
        RequireFinite(merged);
        return $"{Show.Count(adapter.Parameters.Names.Count, "tensor")} of the right names and shapes, for the weights in {Show.RelativePaths(file.Base.Folder)}, every number finite";
    }

    private static string Moments(string file, ModelConfig config, IReadOnlyList<(string Name, long[] Shape)> shapes)
    {
        using var means = ParameterFile.Load(file, config, shapes, CPU, "mean.", "square.");
        using var squares = ParameterFile.Load(file, config, shapes, CPU, "square.", "mean.");
        RequireFinite(means);
        RequireFinite(squares);
        var negative = squares.Names.Where(name => squares[name].min().item<float>() < 0).ToArray();
        return negative.Length == 0 ? $"{Show.Count(means.Names.Count, "mean")} and as many squares, every number finite" : throw new InvalidDataException($"the mean of squares is negative in {string.Join(", ", negative)}");
    }

    private static void RequireFinite(ParameterTable table)
    {
        if (FiniteWeights.Problems(table).ToArray() is { Length: > 0 } problems) throw new InvalidDataException(string.Join('\n', problems));
    }

    private static string Plan(RunFolder run, ModelConfig config)
    {
        var model = TrainingPlan.Load(run.PlanFile, []).Model;
        return model.With(maxSeqLen: config.MaxSeqLen, dropout: config.Dropout) == config ? "plan.yaml of the run has the same model" : throw new InvalidDataException($"{run.PlanFile} describes another model than config.json");
    }

    private static string TokenizerOfRun(RunFolder run, Checkpoint checkpoint, ModelConfig config)
    {
        var folder = TrainingPlan.Load(run.PlanFile, []).Data.Tokenizer;
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash) throw new InvalidDataException($"the tokenizer in {folder} is not the one of training");
        ModelFolder.RequireTokenizer(tokenizer, folder, config);
        return $"{Show.Count(tokenizer.VocabularySize)} tokens, the one of training";
    }
}
