using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Runs.Gguf;

/// <summary>Tokenizer and chat template in the metadata of a GGUF file.</summary>
/// <remarks>
/// Spec: GGF-04. Source: ggml, docs/gguf.md, "Tokenizer"; llama.cpp, src/llama-vocab.cpp, which splits text by the rule that
/// <c>tokenizer.ggml.pre</c> names and ends an answer at the tokens for the end of text and of a turn.
/// </remarks>
public static class GgufTokenizer
{
    /// <summary>Key of the name of llama.cpp's split rule.</summary>
    public const string SplitRuleKey = "tokenizer.ggml.pre";

    /// <summary>Key of the chat template as Jinja.</summary>
    public const string TemplateKey = "tokenizer.chat_template";

    private const string ModelKey = "tokenizer.ggml.model", TokensKey = "tokenizer.ggml.tokens",
        TypesKey = "tokenizer.ggml.token_type", MergesKey = "tokenizer.ggml.merges", OwnRuleKey = "turkishllm.split_rule",
        SystemKey = "turkishllm.chat_system", BytePairs = "gpt2";

    private const int NormalType = 1, ControlType = 3;

    /// <summary>Adds a tokenizer and a chat template to metadata.</summary>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="template">The chat template; null if the model was not trained on conversations.</param>
    /// <param name="splitRule">llama.cpp's name of the split rule; null for the nearest one.</param>
    public static void Write(
        GgufMetadata metadata, Tokenizer tokenizer, ChatTemplate? template, string? splitRule = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(tokenizer);
        var list = TokenList.FromTokenizer(tokenizer, template?.Format);
        metadata.Add(ModelKey, BytePairs);
        metadata.Add(SplitRuleKey, splitRule ?? tokenizer.Split.NearestLlamaCpp.LlamaCppName!);
        metadata.Add(OwnRuleKey, tokenizer.Split.Name);
        metadata.Add(TokensKey, list.Tokens.ToArray());
        metadata.Add(TypesKey, list.Tokens.Select((_, id) => list.IsSpecial(id) ? ControlType : NormalType).ToArray());
        // Without an empty list, llama.cpp refuses a tokenizer that has no merges.
        metadata.Add(MergesKey, list.Merges.ToArray());
        foreach (var (role, id) in SpecialIds(template)) metadata.Add($"tokenizer.ggml.{role}_token_id", (uint)id);
        metadata.Add("tokenizer.ggml.add_bos_token", template?.Format.Begin is not "");
        metadata.Add("tokenizer.ggml.add_eos_token", false);
        if (template is null) return;
        metadata.Add(TemplateKey, template.ToJinja());
        if (template.System is { } system) metadata.Add(SystemKey, system);
    }

    /// <summary>Returns true if this program wrote the tokenizer of a file.</summary>
    public static bool IsOwn(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.Contains(OwnRuleKey);
    }

    /// <summary>Reads the tokenizer of a file.</summary>
    /// <exception cref="InvalidDataException">The file has none, or one that is not of this program.</exception>
    public static Tokenizer Read(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var metadata = file.Metadata;
        if (metadata.GetOrDefault<string>(ModelKey) is var model && model != BytePairs)
            throw Refuse(file, ModelKey, model, $"\"{BytePairs}\"");
        var name = metadata.GetOrDefault<string>(OwnRuleKey);
        if (name is null || SplitRule.Find(name) is not { } split)
            throw Refuse(file, OwnRuleKey, name, $"one of {string.Join(", ", SplitRule.All)}");
        return new TokenList(metadata.Get<string[]>(TokensKey), metadata.Get<string[]>(MergesKey)).ToTokenizer(split, file.Path);
    }

    /// <summary>Returns true if a file has a chat template.</summary>
    public static bool HasTemplate(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Metadata.Contains(TemplateKey);
    }

    /// <summary>Reads the chat template of a file; null if it has none, or one with other rules than this program's.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    public static ChatTemplate? ReadTemplate(GgufFile file, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Metadata.GetOrDefault<string>(TemplateKey) is not { } jinja) return null;
        var system = file.Metadata.GetOrDefault<string>(SystemKey);
        return ChatFormat.All
            .Select(format => new ChatTemplate(tokenizer, system, format))
            .FirstOrDefault(template => template.ToJinja() == jinja);
    }

    private static InvalidDataException Refuse(GgufFile file, string key, string? found, string required) => new(
        $"The tokenizer in {file.Path} is not one of this program: {key} is "
            + $"{(found is null ? "missing" : $"\"{found}\"")}, not {required}.");

    private static (string Role, int Id)[] SpecialIds(ChatTemplate? template) =>
    [
        ("bos", SpecialTokens.BeginOfText), ("eos", template is null ? SpecialTokens.EndOfText : SpecialTokens.EndOfTurn),
        ("eot", SpecialTokens.EndOfTurn), ("unknown", SpecialTokens.Unknown), ("padding", SpecialTokens.Pad),
    ];
}
