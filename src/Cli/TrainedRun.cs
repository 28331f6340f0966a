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

    /// <exception cref="InvalidDataException">The run has no checkpoint yet, or its tokenizer is not the one it was trained with.</exception>
    public static TrainedRun Open(string path, torch.Device device)
    {
        var folder = RunFolder.Existing(path);
        var step = folder.LatestCheckpointStep() ?? throw new InvalidDataException($"{path} has no checkpoint yet. Train first: turkishllm train PLAN.");
        var plan = TrainingPlan.Load(folder.PlanFile, []);
        var checkpoint = Checkpoint.Open(folder.CheckpointFolder(step));
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException($"The tokenizer in {plan.Data.Tokenizer} is not the one this model was trained with ({tokenizer.Hash} instead of {checkpoint.State.TokenizerHash}). Put the old one back.");
        return new TrainedRun(plan, checkpoint, tokenizer, checkpoint.LoadParameters(checkpoint.Config, device));
    }

    public void Dispose()
    {
        Model.Dispose();
        _parameters.Dispose();
    }
}
