using TurkishLlm.Files;
using TurkishLlm.Model.Formats.Gguf;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Foreign;
using static System.FormattableString;

namespace TurkishLlm.Runs.Gguf;

/// <summary>A byte-level BPE of another program in the metadata of a GGUF file, with its own ids.</summary>
/// <remarks>
/// Spec: IMP-04. Source: ggml, docs/gguf.md, "Tokenizer"; llama.cpp, src/llama-vocab.cpp, which gives some split rules several
/// names, and include/llama.h for the types of tokens.
/// </remarks>
public static class GgufVocabulary
{
    private const int NormalType = 1, UnknownType = 2, ControlType = 3, UserDefinedType = 4, UnusedType = 5, ByteType = 6;

    private const string Key = "tokenizer.ggml.";

    private static readonly (string Key, int Own)[] Roles =
    [
        ("eos_token_id", SpecialTokens.EndOfText), ("bos_token_id", SpecialTokens.BeginOfText),
        ("eot_token_id", SpecialTokens.EndOfTurn), ("padding_token_id", SpecialTokens.Pad),
        ("unknown_token_id", SpecialTokens.Unknown),
    ];

    // Other names of llama.cpp for rules with the same expression and the same treatment of merges.
    private static readonly Dictionary<string, SplitRule> OtherNames = new(StringComparer.Ordinal)
    {
        ["llama3"] = SplitRule.LlamaBpe, ["llama-v3"] = SplitRule.LlamaBpe, ["falcon3"] = SplitRule.LlamaBpe,
        ["phi-2"] = SplitRule.Gpt2, ["gigachat"] = SplitRule.Gpt2, ["deepseek-r1-qwen"] = SplitRule.Qwen2,
        ["megrez"] = SplitRule.Qwen2, ["llama4"] = SplitRule.Gpt4o, ["bloom"] = SplitRule.Bloom,
        ["gpt3-finnish"] = SplitRule.Bloom,
    };

    /// <summary>Reads the vocabulary of a file.</summary>
    /// <exception cref="InvalidDataException">
    /// The file has none, or one that needs something that this program does not have; the message says what.
    /// </exception>
    public static ForeignVocabulary Read(GgufFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var metadata = file.Metadata;
        if (metadata.GetOrDefault<string>(Key + "model") is var model && model != "gpt2")
            throw Refuse(file, model is null
                ? "tokenizer.ggml.model is missing"
                : $"tokenizer.ggml.model is \"{Excerpt.Of(model)}\"; only \"gpt2\", a byte-level BPE, is supported");
        var split = FindSplitRule(file);
        var tokens = metadata.Get<string[]>(Key + "tokens");
        var kinds = ReadKinds(file, tokens);
        var declared = ReadRoles(file, tokens.Length);
        foreach (var (_, id) in declared) kinds[id] = ForeignTokenKind.Special;
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < tokens.Length; id++) if (kinds[id] == ForeignTokenKind.Special) names.TryAdd(tokens[id], id);
        return new()
        {
            Tokens = tokens,
            Kinds = kinds,
            Merges = metadata.Get<string[]>(Key + "merges"),
            Split = split,
            SpecialIds = ForeignSpecialTokens.Match(names, declared),
            LlamaCppRule = metadata.Get<string>(GgufTokenizer.SplitRuleKey),
            // llama.cpp has this default for the two rules.
            AddsBeginOfText = metadata.GetOrDefault(Key + "add_bos_token", split.IgnoresMerges),
            AddsEndOfText = metadata.GetOrDefault<bool>(Key + "add_eos_token"),
            ChatTemplate = metadata.GetOrDefault<string>(GgufTokenizer.TemplateKey),
        };
    }

    /// <summary>Adds a vocabulary to metadata.</summary>
    public static void Write(GgufMetadata metadata, ForeignVocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(vocabulary);
        metadata.Add(Key + "model", "gpt2");
        metadata.Add(GgufTokenizer.SplitRuleKey, vocabulary.LlamaCppRule ?? vocabulary.Split.NearestLlamaCpp.LlamaCppName!);
        metadata.Add(Key + "tokens", vocabulary.Tokens.ToArray());
        metadata.Add(Key + "token_type", vocabulary.Kinds.Select(GetTokenType).ToArray());
        metadata.Add(Key + "merges", vocabulary.Merges.ToArray());
        foreach (var (key, own) in Roles)
            if ((own == SpecialTokens.EndOfText ? vocabulary.EndId : vocabulary.FindId(own)) is { } id)
                metadata.Add(Key + key, (uint)id);
        metadata.Add(Key + "add_bos_token", vocabulary.AddsBeginOfText);
        metadata.Add(Key + "add_eos_token", vocabulary.AddsEndOfText);
        if (vocabulary.ChatTemplate is { } template) metadata.Add(GgufTokenizer.TemplateKey, template);
    }

    private static int GetTokenType(ForeignTokenKind kind) => kind switch
    {
        ForeignTokenKind.Special => ControlType,
        ForeignTokenKind.Unused => UnusedType,
        _ => NormalType,
    };

    private static SplitRule FindSplitRule(GgufFile file)
    {
        var name = file.Metadata.GetOrDefault<string>(GgufTokenizer.SplitRuleKey);
        return SplitRule.All.FirstOrDefault(rule => rule.LlamaCppName is not null && rule.LlamaCppName == name)
            ?? (name is null ? null : OtherNames.GetValueOrDefault(name))
            ?? throw Refuse(
                file,
                $"{GgufTokenizer.SplitRuleKey} is {(name is null ? "missing" : $"\"{Excerpt.Of(name)}\"")}; this program has "
                    + string.Join(
                        ", ", SplitRule.All.Select(rule => rule.LlamaCppName).OfType<string>().Concat(OtherNames.Keys)));
    }

    private static ForeignTokenKind[] ReadKinds(GgufFile file, string[] tokens)
    {
        var types = file.Metadata.GetOrDefault<int[]>(Key + "token_type") ?? [.. Enumerable.Repeat(NormalType, tokens.Length)];
        if (types.Length != tokens.Length)
            throw Refuse(file, Invariant($"it has {tokens.Length} tokens and {types.Length} token types"));
        return
        [
            .. types.Select((type, id) => type switch
            {
                NormalType => ForeignTokenKind.Text,
                UnknownType or ControlType => ForeignTokenKind.Special,
                UnusedType => ForeignTokenKind.Unused,
                UserDefinedType => throw Refuse(
                    file,
                    $"\"{Excerpt.Of(tokens[id])}\" is user-defined: it is cut out of every text, which is not supported"),
                ByteType => throw Refuse(
                    file, $"\"{Excerpt.Of(tokens[id])}\" is a byte to fall back to; only a byte-level BPE is supported"),
                _ => throw Refuse(file, Invariant($"token {id} has the unknown type {type}")),
            }),
        ];
    }

    private static (int Own, int Id)[] ReadRoles(GgufFile file, int count)
    {
        var roles = Roles
            .Where(role => file.Metadata.Contains(Key + role.Key))
            .Select(role => (role.Own, Id: (int)Math.Min(file.Metadata.Get<uint>(Key + role.Key), int.MaxValue)))
            .ToArray();
        if (roles.FirstOrDefault(role => role.Id >= count) is { Id: > 0 } beyond)
            throw Refuse(file, Invariant($"a special token has the id {beyond.Id}, but there are {count} tokens"));
        return roles;
    }

    private static InvalidDataException Refuse(GgufFile file, string reason) =>
        new($"The tokenizer in {file.Path} cannot be imported: {Excerpt.Of(reason, 400)}.");
}
