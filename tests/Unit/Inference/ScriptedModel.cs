using TurkishLlm.Inference.Chat;
using TurkishLlm.Model;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using static TorchSharp.torch;

namespace TurkishLlm.Tests.Unit.Inference;

/// <summary>A model that generates a given text: each token determines the next.</summary>
internal sealed class ScriptedModel : IDisposable
{
    private const int Width = 64;

    private readonly ParameterTable _weights;
    private readonly LanguageModel _model;

    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="contextLength">Maximum number of tokens of a text.</param>
    /// <param name="ids">The tokens that it generates after every question; no token may occur twice.</param>
    /// <param name="system">The system prompt of its template.</param>
    public ScriptedModel(Tokenizer tokenizer, int contextLength, IReadOnlyList<int> ids, string? system = null)
    {
        _weights = Weights(Config(tokenizer, contextLength), tokenizer, ids);
        _model = new LanguageModel(_weights);
        ChatModel = new ChatModel(_model, tokenizer, new ChatTemplate(tokenizer, system));
    }

    /// <summary>Creates a model that generates a text and ends its turn.</summary>
    public static ScriptedModel ForText(string text, int contextLength = 160, string? system = null) =>
        new(Tokenizer, contextLength, [.. Tokenizer.EncodeToIds(text), SpecialTokens.EndOfTurn], system);

    public static Tokenizer Tokenizer { get; } = Tokenizer.Load(ReferenceRun.Plan.Data.Tokenizer);

    public ChatModel ChatModel { get; }

    public LanguageModel Model => _model;

    public static ModelConfig Config(Tokenizer tokenizer, int contextLength) =>
        new(
            tokenizer.VocabularySize, Width, nLayers: 1, nHeads: 4, nKvHeads: 2, dFf: 8, maxSeqLen: contextLength,
            tieEmbeddings: false);

    /// <summary>Blocks that add nothing, and an output head that maps each token to the next.</summary>
    public static ParameterTable Weights(ModelConfig config, Tokenizer tokenizer, IReadOnlyList<int> ids)
    {
        var before = new ChatTemplate(tokenizer).RenderPrompt(new(ChatMessage.User("?")))[^1];
        if (ids.Prepend(before).Distinct().Count() <= ids.Count)
            throw new ArgumentException($"A token comes twice in {tokenizer.Decode(ids)}.", nameof(ids));
        using var generator = new Generator(11);
        using var embedding = randn([config.VocabSize, Width], float32, generator: generator);
        var rows = embedding.data<float>().ToArray();
        var head = new float[rows.Length];
        foreach (var (last, next) in ids.Prepend(before).Zip(ids))
            for (var i = 0; i < Width; i++) head[next * Width + i] += 4 * rows[last * Width + i];
        return ParameterTable.Create(config, (name, shape) => name switch
        {
            "embed_tokens.weight" => tensor(rows, shape).DetachFromDisposeScope(),
            "lm_head.weight" => tensor(head, shape).DetachFromDisposeScope(),
            _ when name.EndsWith("norm.weight", StringComparison.Ordinal) => ones(shape),
            _ => zeros(shape),
        });
    }

    public void Dispose()
    {
        ChatModel.Dispose();
        _model.Dispose();
        _weights.Dispose();
    }
}
