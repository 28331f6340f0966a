using TorchSharp;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Kernels.Packed;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Tokenization.Foreign;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Options;

/// <summary>A model and its tokenizer, loaded from a run or from an exported model folder.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly ParameterTable _parameters;

    private TrainedModel(
        long? step, string name, string folder, TrainingPlan? plan, string tokenizerFolder, Tokenizer tokenizer,
        ParameterTable parameters)
    {
        (Step, Name, Folder, Plan, TokenizerFolder, Tokenizer, _parameters) = (
            step, name, folder, plan, tokenizerFolder, tokenizer, parameters);
        Model = new LanguageModel(parameters, plan?.ComputeType ?? ComputeType.Float32);
    }

    /// <summary>Number of training steps; null for an exported model.</summary>
    public long? Step { get; }

    /// <summary>Display name: <c>step 300</c> for a checkpoint, the folder for an exported model.</summary>
    public string Name { get; }

    /// <summary>Checkpoint folder, or folder of the exported model.</summary>
    public string Folder { get; }

    /// <summary>Plan of the run; null for an exported model.</summary>
    public TrainingPlan? Plan { get; }

    public string TokenizerFolder { get; }

    public Tokenizer Tokenizer { get; }

    public LanguageModel Model { get; }

    /// <summary>True if the model has a chat template, that is, was fine-tuned on conversations.</summary>
    public bool HasChatTemplate => ChatTemplate.Exists(Folder);

    /// <summary>Loads the chat template of the model.</summary>
    /// <exception cref="FileNotFoundException">The model has no chat template.</exception>
    public ChatTemplate LoadChatTemplate() => ChatTemplate.Load(Folder, Tokenizer);

    /// <summary>Loads the vocabulary of an imported model; null if the model was trained here.</summary>
    public ForeignVocabulary? LoadOriginalVocabulary() =>
        ForeignVocabulary.Exists(Folder) ? ForeignVocabulary.Load(Folder) : null;

    /// <summary>Creates a decoder of these weights: a packed copy on the CPU, and the model itself on a GPU.</summary>
    /// <param name="type">Number type of the packed weights.</param>
    public IDecoder CreateDecoder(PackedType type = PackedType.Float32) => Model.Device.type == DeviceType.CPU
        ? new PackedDecoder(_parameters, type)
        : new TensorDecoder(Model);

    /// <summary>
    /// Creates a model that answers questions: by its chat template if it has one, otherwise as running text. It must be disposed
    /// before the decoder.
    /// </summary>
    /// <param name="decoder">A decoder of these weights.</param>
    public IAnswerModel CreateAnswerModel(IDecoder decoder) =>
        HasChatTemplate ? new ChatModel(decoder, Tokenizer, LoadChatTemplate()) : new TextModel(decoder, Tokenizer);

    /// <summary>Opens a model, checks every hash, and checks that every weight is finite.</summary>
    /// <param name="at">The model.</param>
    /// <param name="device">Device for the weights.</param>
    /// <param name="tokenizerFolder">Tokenizer folder; null for the tokenizer of the run or model folder.</param>
    /// <param name="isRewardModel">True for a command that scores answers, false for one that generates them.</param>
    /// <exception cref="InvalidDataException">
    /// The model is damaged, the tokenizer is not the one of its training, or the model is of the other kind.
    /// </exception>
    public static TrainedModel Open(
        ModelPath at, torch.Device device, string? tokenizerFolder = null, bool isRewardModel = false) => at.IsCheckpoint
            ? OpenCheckpoint(at, device, tokenizerFolder, isRewardModel)
            : isRewardModel ? throw new InvalidDataException(
                $"{at.Folder} is an exported model, and reward models are not exported. Use a checkpoint of a run with "
                    + "preference.reward.")
            : OpenFolder(at.Folder, device, tokenizerFolder);

    /// <summary>
    /// Frees the weights on the CPU, for a command that needs the decoder only. <see cref="Model"/> can no longer be run.
    /// </summary>
    public void ReleaseWeights()
    {
        if (Model.Device.type != DeviceType.CPU) return;
        _parameters.Dispose();
        FreedMemory.Release();
    }

    public void Dispose()
    {
        Model.Dispose();
        _parameters.Dispose();
    }

    private static TrainedModel OpenCheckpoint(
        ModelPath at, torch.Device device, string? tokenizerFolder, bool isRewardModel)
    {
        var plan = at.Run is null ? null : TrainingPlan.Load(at.Run.PlanFile, []);
        var checkpoint = Checkpoint.Open(at.Folder);
        var folder = tokenizerFolder ?? plan?.Data.Tokenizer
            ?? throw new InvalidDataException(
                $"{at.Folder} is not inside a run folder, so its tokenizer is unknown. Export it with its "
                    + $"tokenizer: turkishllm checkpoint export {Format.ShellQuote(at.Folder)} OUT --format safetensors "
                    + "--tokenizer DIR");
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException(
                $"The tokenizer in {folder} is not the one this model was trained with ({tokenizer.Hash} instead "
                    + $"of {checkpoint.State.TokenizerHash}). Restore the original tokenizer.");
        if (checkpoint.Config.HasRewardHead != isRewardModel)
            throw new InvalidDataException(
                isRewardModel
                    ? $"{at.Folder} is a language model, which has no reward head. Use a checkpoint of a run with "
                        + "preference.reward."
                    : $"{at.Folder} is a reward model, which scores answers and generates none. Use the model that it started "
                        + $"from, or score answers: turkishllm reward score {Format.ShellQuote(at.Folder)} rows.jsonl -o "
                        + "scores.jsonl");
        var parameters = at.UsesAverage ? checkpoint.LoadAverage(device) : checkpoint.LoadParameters(checkpoint.Config, device);
        FiniteWeightCheck.ThrowIfNotFinite(parameters, checkpoint.ModelFile);
        return new(
            checkpoint.State.Step, Format.Invariant($"step {checkpoint.State.Step}{(at.UsesAverage ? " (average)" : "")}"),
            at.Folder, plan, folder, tokenizer, parameters);
    }

    private static TrainedModel OpenFolder(string folder, torch.Device device, string? tokenizerFolder)
    {
        var model = ExportedModel.Open(folder);
        if (tokenizerFolder is null && !model.HasTokenizer)
            throw new InvalidDataException(
                $"{folder} has no tokenizer.json. Copy tokenizer.json from the tokenizer that the model was trained " + "with.");
        var tokenizer = Tokenizer.Load(tokenizerFolder ?? folder);
        ExportedModel.RequireTokenizer(tokenizer, tokenizerFolder ?? folder, model.Config);
        return new(
            step: null, Format.RelativePaths(Path.GetFullPath(folder)), folder, plan: null, tokenizerFolder ?? folder, tokenizer,
            model.LoadParameters(device));
    }
}
