using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using TurkishLlm.Files;

namespace TurkishLlm.Tokenization.Foreign;

/// <summary>
/// The vocabulary of a byte-level BPE of another program, in the order of its ids: what is needed to encode as it does here
/// (<see cref="VocabularyConversion"/>), and to write it again for that program.
/// </summary>
/// <remarks>
/// An imported model keeps it in its folder, as <see cref="FileName"/>. Spec: IMP-01, IMP-04.
/// </remarks>
public sealed record ForeignVocabulary
{
    /// <summary>Name of the file in the folder of an imported model.</summary>
    public const string FileName = "original_vocabulary.json";

    private const int Version = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// The tokens, indexed by id: text in GPT-2's spelling of bytes, special tokens as their names. Special tokens may have equal
    /// names.
    /// </summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>What each token is.</summary>
    public required IReadOnlyList<ForeignTokenKind> Kinds { get; init; }

    /// <summary>The merges in their order: two tokens with a space between them.</summary>
    public required IReadOnlyList<string> Merges { get; init; }

    /// <summary>The rule by which text is split.</summary>
    public required SplitRule Split { get; init; }

    /// <summary>
    /// Ids of special tokens by the id that this program gives to such a token, such as <see cref="SpecialTokens.EndOfText"/>.
    /// </summary>
    public required IReadOnlyDictionary<int, int> SpecialIds { get; init; }

    /// <summary>Name of the split rule in the GGUF file; null if the vocabulary comes from another file.</summary>
    public string? LlamaCppRule { get; init; }

    /// <summary>True if the other program adds the begin of text to a text by itself.</summary>
    public bool AddsBeginOfText { get; init; }

    /// <summary>True if the other program adds the end of text to a text by itself.</summary>
    public bool AddsEndOfText { get; init; }

    /// <summary>True if the other program normalizes text to form C, as this program does with prompts and corpora.</summary>
    public bool NormalizesToNfc { get; init; }

    /// <summary>The chat template as Jinja; null if the model has none.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>
    /// The token that ends an answer of a chat model that has one for the end of a turn; otherwise that for the end of text.
    /// </summary>
    public int? EndId => (ChatTemplate is null ? null : FindId(SpecialTokens.EndOfTurn)) ?? FindId(SpecialTokens.EndOfText);

    /// <summary>All tokens at which generation stops, the end of the text or turn first.</summary>
    public IReadOnlyList<int> StopIds =>
    [
        .. new[] { EndId, FindId(SpecialTokens.EndOfText), FindId(SpecialTokens.BeginOfText) }.OfType<int>().Distinct(),
    ];

    /// <summary>Returns the id of a special token, such as <see cref="SpecialTokens.Pad"/>; null if it is absent.</summary>
    public int? FindId(int own) => SpecialIds.TryGetValue(own, out var id) ? id : null;

    /// <summary>Returns true if a folder has the vocabulary of an imported model.</summary>
    public static bool Exists(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads the vocabulary of an imported model.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static ForeignVocabulary Load(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var stored = StrictJson.DeserializeFile<Stored>(file, Options);
        if (stored.Version != Version)
            throw new InvalidDataException(
                $"{file} has version {stored.Version}; this program reads version {Version}. Import the model again.");
        if (stored.Tokens.Count != stored.Kinds.Count)
            throw new InvalidDataException(
                $"{file} has {stored.Tokens.Count} tokens and {stored.Kinds.Count} kinds. Import the model again.");
        if (stored.SpecialIds.Any(entry =>
                entry.Key is < 0 or >= SpecialTokens.Count || entry.Value < 0 || entry.Value >= stored.Tokens.Count))
            throw new InvalidDataException($"{file} names a special token that it does not have. Import the model again.");
        return new()
        {
            Tokens = stored.Tokens,
            Kinds = [.. stored.Kinds.Select(kind => Enum.IsDefined(kind)
                ? kind
                : throw new InvalidDataException($"{file} has a token of the unknown kind {kind}. Import the model again."))],
            Merges = stored.Merges,
            Split = SplitRule.Find(stored.SplitRule)
                ?? throw new InvalidDataException(
                    $"{file} names the split rule \"{Excerpt.Of(stored.SplitRule)}\", which this program does not have. "
                        + "Import the model again."),
            SpecialIds = stored.SpecialIds,
            LlamaCppRule = stored.LlamaCppRule,
            AddsBeginOfText = stored.AddsBeginOfText,
            AddsEndOfText = stored.AddsEndOfText,
            NormalizesToNfc = stored.NormalizesToNfc,
            ChatTemplate = stored.ChatTemplate,
        };
    }

    /// <summary>Writes the vocabulary to a folder; equal vocabularies give equal bytes.</summary>
    public void Save(string folder)
    {
        var stored = new Stored(
            Version, Split.Name, LlamaCppRule, AddsBeginOfText, AddsEndOfText, NormalizesToNfc,
            new SortedDictionary<int, int>(SpecialIds.ToDictionary()), ChatTemplate, Tokens, Kinds, Merges);
        AtomicFile.Write(Path.Combine(folder, FileName), stream =>
        {
            JsonSerializer.Serialize(stream, stored, Options);
            stream.WriteByte((byte)'\n');
        });
    }

    private sealed record Stored(
        int Version, string SplitRule, string? LlamaCppRule, bool AddsBeginOfText, bool AddsEndOfText, bool NormalizesToNfc,
        IReadOnlyDictionary<int, int> SpecialIds, string? ChatTemplate, IReadOnlyList<string> Tokens,
        IReadOnlyList<ForeignTokenKind> Kinds, IReadOnlyList<string> Merges);
}
