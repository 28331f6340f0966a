using TorchSharp;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Cli;

/// <summary>The newest model of a run folder, ready to read and write text.</summary>
internal sealed class TrainedRun : IDisposable
{
    private readonly ParameterTable _parameters;

    private TrainedRun(TrainingPlan plan, Checkpoint checkpoint, Tokenizer tokenizer, ParameterTable parameters)
    {
        (Plan, Checkpoint, Tokenizer, _parameters) = (plan, checkpoint, tokenizer, parameters);
        Model = new LanguageModel(parameters, plan.ComputeType);
    }

    public TrainingPlan Plan { get; }

    public Checkpoint Checkpoint { get; }

    public Tokenizer Tokenizer { get; }

    public LanguageModel Model { get; }

    /// <summary>How the model was taught to converse.</summary>
    /// <exception cref="FileNotFoundException">It was not.</exception>
    public ChatTemplate Template() => ChatTemplate.Load(Checkpoint.Folder, Tokenizer);

    /// <summary>The model as one that answers. It must not outlive the run.</summary>
    /// <exception cref="FileNotFoundException">It was not taught to converse.</exception>
    public AnsweringModel Answering() => new(Model, Tokenizer, Template());

    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder is no run folder, the run has no checkpoint yet, or its tokenizer is not the one it was trained with.</exception>
    public static TrainedRun Open(string path, torch.Device device)
    {
        var folder = Folder(path);
        var step = folder.LatestCheckpointStep() ?? throw new InvalidDataException($"The run {path} has no checkpoint yet. Train first: turkishllm train {Show.Word(folder.PlanFile)} --resume auto");
        var plan = TrainingPlan.Load(folder.PlanFile, []);
        var checkpoint = Checkpoint.Open(folder.CheckpointFolder(step));
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException($"The tokenizer in {plan.Data.Tokenizer} is not the one this model was trained with ({tokenizer.Hash} instead of {checkpoint.State.TokenizerHash}). Put the old one back.");
        return new TrainedRun(plan, checkpoint, tokenizer, checkpoint.LoadParameters(checkpoint.Config, device));
    }

    /// <summary>A folder that holds a run, whether or not it has a checkpoint.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder holds no run; says where one is near.</exception>
    public static RunFolder Folder(string path)
    {
        if (File.Exists(path)) throw new InvalidDataException($"{path} is a file. Give a run folder, such as runs/toy.");
        if (!Directory.Exists(path)) throw new DirectoryNotFoundException($"There is no run folder {path}.{OtherRun(path)}");
        var folder = RunFolder.Existing(path);
        if (File.Exists(folder.PlanFile)) return folder;

        var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path))));
        var near = Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal).Append(above).FirstOrDefault(other => other is not null && File.Exists(Path.Combine(other, "plan.yaml")));
        throw new InvalidDataException($"{path} is not a run folder: it has no plan.yaml.{(near is null ? " Give one that `turkishllm train` wrote." : $" Did you mean {near}?")}");
    }

    private static string OtherRun(string path)
    {
        var above = Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(path)));
        if (!Directory.Exists(above)) return above is null ? "" : $" There is no folder {above} either.";
        var runs = Directory.EnumerateDirectories(above).Where(other => File.Exists(Path.Combine(other, "plan.yaml"))).Order(StringComparer.Ordinal).Select(other => Path.GetFileName(other)).ToArray();
        return runs.Length == 0 ? " Train one with `turkishllm train`." : ClosestWord.Advice(Path.GetFileName(Path.TrimEndingDirectorySeparator(path)), runs);
    }

    public void Dispose()
    {
        Model.Dispose();
        _parameters.Dispose();
    }
}
