using TorchSharp;
using TurkishLlm.Cli.Terminal;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Cli.Options;

/// <summary>A model with its tokenizer, ready to read and write text: out of a run, or out of a folder with a model alone.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly ParameterTable _parameters;

    private TrainedModel(long? step, string name, string folder, TrainingPlan? plan, string tokenizerFolder, Tokenizer tokenizer, ParameterTable parameters)
    {
        (Step, Name, Folder, Plan, TokenizerFolder, Tokenizer, _parameters) = (step, name, folder, plan, tokenizerFolder, tokenizer, parameters);
        Model = new LanguageModel(parameters, plan?.ComputeType ?? ComputeType.Float32);
    }

    /// <summary>Steps it was trained for; null for a model alone.</summary>
    public long? Step { get; }

    /// <summary>Which model of a run it is, such as <c>step 300</c>; the folder of a model alone.</summary>
    public string Name { get; }

    /// <summary>The checkpoint, or the folder of a model alone.</summary>
    public string Folder { get; }

    /// <summary>The plan it was trained by; null for a model alone.</summary>
    public TrainingPlan? Plan { get; }

    public string TokenizerFolder { get; }

    public Tokenizer Tokenizer { get; }

    public LanguageModel Model { get; }

    /// <summary>True where it was taught to converse.</summary>
    public bool HasChatTemplate => ChatTemplate.Exists(Folder);

    /// <summary>How the model was taught to converse.</summary>
    /// <exception cref="FileNotFoundException">It was not.</exception>
    public ChatTemplate LoadChatTemplate() => ChatTemplate.Load(Folder, Tokenizer);

    /// <summary>The model as one that answers. It must not outlive this one.</summary>
    /// <exception cref="FileNotFoundException">It was not taught to converse.</exception>
    public ChatModel CreateChatModel() => new(Model, Tokenizer, LoadChatTemplate());

    /// <summary>Opens a model; every hash is checked and every weight is finite.</summary>
    /// <param name="path">What <see cref="ModelPath.Find"/> takes.</param>
    /// <param name="device">Where the weights go.</param>
    /// <param name="tokenizerFolder">Its tokenizer; null takes that of its run or of its folder.</param>
    /// <exception cref="InvalidDataException">It is damaged, or the tokenizer is not the one it was trained with.</exception>
    public static TrainedModel Open(string path, torch.Device device, string? tokenizerFolder = null)
    {
        var at = ModelPath.Find(path);
        return at.IsCheckpoint ? OpenCheckpoint(at, device, tokenizerFolder) : OpenFolder(at.Folder, device, tokenizerFolder);
    }

    public void Dispose()
    {
        Model.Dispose();
        _parameters.Dispose();
    }

    private static TrainedModel OpenCheckpoint(ModelPath at, torch.Device device, string? tokenizerFolder)
    {
        var plan = at.Run is null ? null : TrainingPlan.Load(at.Run.PlanFile, []);
        var checkpoint = Checkpoint.Open(at.Folder);
        var folder = tokenizerFolder ?? plan?.Data.Tokenizer
            ?? throw new InvalidDataException($"{at.Folder} lies outside of its run, so its tokenizer is not known. Make a model of it: turkishllm checkpoint export {Format.ShellQuote(at.Folder)} OUT --format safetensors --tokenizer DIR");
        var tokenizer = Tokenizer.Load(folder);
        if (tokenizer.Hash != checkpoint.State.TokenizerHash)
            throw new InvalidDataException($"The tokenizer in {folder} is not the one this model was trained with ({tokenizer.Hash} instead of {checkpoint.State.TokenizerHash}). Put the old one back.");
        var parameters = checkpoint.LoadParameters(checkpoint.Config, device);
        FiniteWeightCheck.ThrowIfNotFinite(parameters, checkpoint.ModelFile);
        return new(checkpoint.State.Step, Format.Invariant($"step {checkpoint.State.Step}"), at.Folder, plan, folder, tokenizer, parameters);
    }

    private static TrainedModel OpenFolder(string folder, torch.Device device, string? tokenizerFolder)
    {
        var model = ExportedModel.Open(folder);
        if (tokenizerFolder is null && !model.HasTokenizer) throw new InvalidDataException($"{folder} has no tokenizer.json. Copy it there, from the tokenizer the model was trained with.");
        var tokenizer = Tokenizer.Load(tokenizerFolder ?? folder);
        ExportedModel.RequireTokenizer(tokenizer, tokenizerFolder ?? folder, model.Config);
        return new(step: null, Format.RelativePaths(Path.GetFullPath(folder)), folder, plan: null, tokenizerFolder ?? folder, tokenizer, model.LoadParameters(device));
    }
}
