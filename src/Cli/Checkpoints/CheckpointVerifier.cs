using TorchSharp;
using TurkishLlm.Cli.Doctor;
using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Checkpoints;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary>Verifies all parts of a checkpoint or exported model and reports every problem.</summary>
internal static class CheckpointVerifier
{
    public static IReadOnlyList<Finding> Verify(ModelPath at) => at.IsCheckpoint ? VerifyCheckpoint(at) : VerifyFolder(at.Folder);

    private static List<Finding> VerifyCheckpoint(ModelPath at)
    {
        var (model, optimizer) = (Path.Combine(at.Folder, "model.safetensors"), Path.Combine(at.Folder, "optimizer.safetensors"));
        var adapted = AdapterFile.Exists(at.Folder);
        Checkpoint? checkpoint = null;
        ModelConfig? config = null;
        var findings = new List<Finding>
        {
            Finding.Check("hashes", () =>
            {
                checkpoint = Checkpoint.Open(at.Folder);
                return $"{Format.Count(checkpoint.State.Sha256.Count, "file matches", "files match")} state.json, after step "
                    + $"{Format.Count(checkpoint.State.Step)}";
            }),
            Finding.Check("configuration", () => Describe(config = ModelConfigFile.Read(Path.Combine(at.Folder, "config.json")))),
        };
        if (config is not null)
        {
            findings.Add(adapted
                ? Finding.Check("adapter", () => VerifyAdapter(at.Folder, config))
                : Finding.Check("weights", () => VerifyWeights(SafetensorsFile.Open(model), config)));
            findings.Add(
                Finding.Check("moments", () =>
                    VerifyMoments(
                        optimizer, config,
                        [.. adapted ? AdapterFile.Open(at.Folder).Lora.GetShapes(config) : ParameterTable.GetShapes(config)])));
        }
        if (checkpoint?.State.AverageUpdates > 0)
            findings.Add(Finding.Check("average", () =>
            {
                using var average = checkpoint.LoadAverage(CPU);
                RequireFinite(average);
                return $"of {Format.Count(checkpoint.State.AverageUpdates.Value, "step")}, all values finite";
            }));
        if (at.Run is { } run && config is not null) findings.Add(Finding.Check("plan", () => VerifyPlan(run, config)));
        if (at.Run is not null && checkpoint is not null && config is not null)
            findings.Add(Finding.Check("tokenizer", () => VerifyTokenizer(at.Run, checkpoint, config)));
        return findings;
    }

    private static List<Finding> VerifyFolder(string folder)
    {
        ExportedModel? model = null;
        var findings = new List<Finding>
        {
            ExportedModel.HasChecksums(folder)
                ? Finding.Check("hashes", () =>
                $"{Format.Count(ExportedModel.VerifyChecksums(folder), "file matches", "files match")} SHA256SUMS")
                : new Finding(
                    FindingSeverity.Warn, "hashes", "SHA256SUMS is missing; corrupted weights cannot be detected",
                    "Export the model again with `turkishllm checkpoint export`."),
            Finding.Check("configuration", () => Describe((model = ExportedModel.OpenUnchecked(folder)).Config)),
        };
        if (model is null) return findings;
        findings.Add(
            Finding.Check("weights", () => VerifyWeights(TensorFile.Open(model.WeightsFile), model.Config)));
        findings.Add(Finding.Check("tokenizer", () =>
        {
            var tokenizer = Tokenizer.Load(folder);
            ExportedModel.RequireTokenizer(tokenizer, folder, model.Config);
            return $"{Format.Count(tokenizer.VocabularySize)} tokens, the vocabulary size of the model";
        }));
        return findings;
    }

    private static string Describe(ModelConfig config) =>
        $"{Format.Count(config.ParameterCount, "parameter")} in {Format.Count(config.NLayers, "layer")}";

    private static string VerifyWeights(ITensorFile file, ModelConfig config)
    {
        using (file)
        using (var weights = ParameterFile.Load(file, config, CPU))
        {
            RequireFinite(weights);
            return $"{Format.Count(weights.Names.Count, "tensor")} with the expected names and shapes, all values finite";
        }
    }

    private static string VerifyAdapter(string folder, ModelConfig config)
    {
        var file = AdapterFile.Open(folder);
        using var weights = WeightLoader.Open(file.BaseModel.Folder).Load(config, CPU);
        using var adapter = file.Load(weights, file.BaseModel.Folder, CPU);
        RequireFinite(adapter.Parameters);
        using var merged = adapter.MergeInto(weights);
        RequireFinite(merged);
        return $"{Format.Count(adapter.Parameters.Names.Count, "tensor")} with the expected names and shapes, for "
            + $"the weights in {Format.RelativePaths(file.BaseModel.Folder)}, all values finite";
    }

    private static string VerifyMoments(string file, ModelConfig config, IReadOnlyList<(string Name, long[] Shape)> shapes)
    {
        const string mean = AdamW.FirstMomentPrefix, square = AdamW.SecondMomentPrefix, momentum = Muon.MomentumPrefix;
        var matrices = HasTensor(file, momentum) ? shapes.Where(MuonPlan.IsUpdated).ToArray() : [];
        var others = shapes.ExceptBy(matrices.Select(weight => weight.Name), weight => weight.Name).ToArray();
        using var means = ParameterFile.Load(file, config, others, CPU, mean, square, momentum);
        using var squares = ParameterFile.Load(file, config, others, CPU, square, mean, momentum);
        using var momenta = ParameterFile.Load(file, config, matrices, CPU, momentum, mean, square);
        RequireFinite(means);
        RequireFinite(squares);
        RequireFinite(momenta);
        var negative = squares.Names.Where(name => squares[name].min().item<float>() < 0).ToArray();
        var ofMatrices = matrices.Length > 0 ? $", momentum of {Format.Count(matrices.Length, "matrix", "matrices")}" : "";
        return negative.Length == 0
            ? $"{Format.Count(means.Names.Count, "mean")} and as many squares{ofMatrices}, all values finite"
            : throw new InvalidDataException($"the second moment is negative in {string.Join(", ", negative)}");
    }

    private static bool HasTensor(string file, string prefix)
    {
        using var tensors = SafetensorsFile.Open(file);
        return tensors.Tensors.Any(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal));
    }

    private static void RequireFinite(ParameterTable table)
    {
        if (FiniteWeightCheck.FindProblems(table).ToArray() is { Length: > 0 } problems)
            throw new InvalidDataException(string.Join('\n', problems));
    }

    private static string VerifyPlan(RunFolder run, ModelConfig config)
    {
        var model = TrainingPlan.Load(run.PlanFile, []).Model;
        return model.With(maxSeqLen: config.MaxSeqLen, dropout: config.Dropout) == config
            ? "plan.yaml of the run describes the same model"
            : throw new InvalidDataException($"{run.PlanFile} describes a different model than config.json");
    }

    private static string VerifyTokenizer(RunFolder run, Checkpoint checkpoint, ModelConfig config)
    {
        var folder = TrainingPlan.Load(run.PlanFile, []).Data.Tokenizer;
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException($"the tokenizer in {folder} is not the one used in training");
        ExportedModel.RequireTokenizer(tokenizer, folder, config);
        return $"{Format.Count(tokenizer.VocabularySize)} tokens, the tokenizer used in training";
    }
}
