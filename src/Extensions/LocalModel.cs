using Microsoft.Extensions.Logging;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Decoding;
using TurkishLlm.Kernels.Native;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Runs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Extensions;

/// <summary>An exported model on this machine that answers several conversations at once.</summary>
public sealed class LocalModel : IDisposable
{
    private readonly IReadOnlyList<IDisposable> _owned;

    /// <summary>Creates a model on a decoder, such as one of your own.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="decoder">The decoder. The caller disposes it after this object, and must not call it meanwhile.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    /// <param name="template">Renders conversations to tokens.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="clock">Measures waiting times; null for the clock of the system.</param>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public LocalModel(
        string name, IDecoder decoder, Tokenizer tokenizer, ChatTemplate template, BatchOptions? options = null,
        TimeProvider? clock = null)
        : this(name, decoder, tokenizer, template, options, clock, owned: [])
    {
    }

    private LocalModel(
        string name, IDecoder decoder, Tokenizer tokenizer, ChatTemplate template, BatchOptions? options, TimeProvider? clock,
        IReadOnlyList<IDisposable> owned)
    {
        (Name, Template, _owned) = (name, template, owned);
        Scheduler = new BatchScheduler(decoder, tokenizer, options ?? new(), clock ?? TimeProvider.System);
    }

    /// <summary>Name of the model; of a loaded one, that of its folder.</summary>
    public string Name { get; }

    /// <summary>Generates the texts.</summary>
    public BatchScheduler Scheduler { get; }

    /// <summary>Renders conversations to tokens.</summary>
    public ChatTemplate Template { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">A folder that <c>turkishllm checkpoint export</c> wrote, of a model trained on conversations.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="clock">Measures waiting times; null for the clock of the system.</param>
    /// <param name="device">Device of the weights; null for the CPU.</param>
    /// <param name="logger">Receives a message when the model is loaded; null for none.</param>
    /// <exception cref="IOException">A file is missing, such as the chat template.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="ConfigurationException">An option is out of range.</exception>
    public static LocalModel Load(
        string folder, BatchOptions? options = null, TimeProvider? clock = null, Device? device = null, ILogger? logger = null)
    {
        options ??= new();
        options.Validate();
        TorchLibrary.Load();
        folder = Path.GetFullPath(folder);
        var exported = ExportedModel.Open(folder);
        var tokenizer = Tokenizer.Load(folder);
        ExportedModel.RequireTokenizer(tokenizer, folder, exported.Config);
        var template = ChatTemplate.Load(folder, tokenizer);
        var (decoder, owned) = CreateDecoder(exported.LoadParameters(device ?? CPU));
        var model = new LocalModel(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), decoder, tokenizer, template, options, clock, owned);
        if (logger is not null)
            ChatLog.Loaded(logger, model.Name, exported.Config.MaxSeqLen, options.MaxTexts);
        return model;
    }

    /// <summary>Cancels all texts and frees the weights, if this object loaded them.</summary>
    public void Dispose()
    {
        Scheduler.Dispose();
        foreach (var part in _owned) part.Dispose();
    }

    // A packed copy on the CPU, and the model itself on a GPU.
    private static (IDecoder Decoder, IReadOnlyList<IDisposable> Owned) CreateDecoder(ParameterTable weights)
    {
        var network = new LanguageModel(weights);
        if (network.Device.type != TorchSharp.DeviceType.CPU)
        {
            var onDevice = new TensorDecoder(network);
            return (onDevice, [onDevice, network, weights]);
        }
        using (weights)
        using (network)
        {
            var packed = new PackedDecoder(weights);
            return (packed, [packed]);
        }
    }
}
