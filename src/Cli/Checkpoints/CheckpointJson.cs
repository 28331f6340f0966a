using TurkishLlm.Cli.Options;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Model;
using TurkishLlm.Model.Formats;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Checkpoints;

/// <summary>The contents of a checkpoint or an exported model as one JSON object.</summary>
internal static class CheckpointJson
{
    /// <summary>Opens a model, which verifies its hashes, and writes what it contains.</summary>
    public static void Write(TextWriter output, ModelPath at)
    {
        if (at.IsCheckpoint) Write(output, Checkpoint.Open(at.Folder));
        else Write(output, ExportedModel.Open(at.Folder));
    }

    private static void Write(TextWriter output, Checkpoint checkpoint) => JsonOutput.Write(output, new
    {
        checkpoint.Folder,
        Kind = checkpoint.HasAdapter ? "adapter" : "checkpoint",
        checkpoint.State.Step,
        Seconds = JsonOutput.Finite(checkpoint.State.Seconds),
        ValidationLoss = JsonOutput.Finite(checkpoint.State.ValidationLoss),
        BestStep = checkpoint.State.Best?.Step,
        BestValidationLoss = checkpoint.State.Best is { Metric: CheckpointPlan.Loss } best
            ? JsonOutput.Finite(best.Value) : null,
        BestBy = checkpoint.State.Best?.Metric,
        BestValue = JsonOutput.Finite(checkpoint.State.Best?.Value),
        Model = DescribeSizes(checkpoint.Config),
        Tokenizer = checkpoint.State.TokenizerHash,
        Shards = checkpoint.State.DataHash,
        Gate = checkpoint.State.GateDigest,
    });

    private static void Write(TextWriter output, ExportedModel model)
    {
        using var file = SafetensorsFile.Open(model.WeightsFile);
        JsonOutput.Write(output, new
        {
            model.Folder,
            Kind = "exported model",
            TensorNames = model.Format == ExportFormat.HuggingFace ? "huggingface" : "checkpoint",
            NumberTypes = file.Tensors.Select(tensor => tensor.Type.ToString()).Distinct(),
            HashesVerified = ExportedModel.HasChecksums(model.Folder),
            Model = DescribeSizes(model.Config),
        });
    }

    private static object DescribeSizes(ModelConfig config) => new
    {
        Parameters = config.ParameterCount,
        config.VocabSize,
        config.DModel,
        config.NLayers,
        config.NHeads,
        config.NKvHeads,
        config.DFf,
        config.MaxSeqLen,
    };
}
