namespace TurkishLlm.Tokenization;

/// <summary>
/// A rule by which text is split into pre-tokens, known by its name. Merges apply only within a pre-token, and every character
/// belongs to exactly one of them. The same rule is used to train a tokenizer, to encode, and in <c>tokenizer.json</c>.
/// <code>
/// foreach (var preToken in SplitRule.Turkish.Split("Ankara'da 1923")) Console.WriteLine(preToken);
/// </code>
/// </summary>
/// <remarks>
/// <see cref="Pattern"/> states the rule for other tools; <see cref="Split"/> applies it with a scanner. Character classes are
/// those of code points, from the Unicode tables of .NET, independent of the culture. A lone surrogate is neither letter nor
/// number, like U+FFFD. A regular expression over UTF-16, such as .NET's, sees a letter beyond U+FFFF as two surrogates; the
/// pattern must be applied to code points, as other tokenizer libraries do. Rules other than <see cref="Turkish"/> are those of
/// llama.cpp: where it departs from the pattern that the authors of a model published, the pattern here is what llama.cpp does.
/// Spec: TOK-10, TOK-19, TOK-40, TOK-41, TOK-42. Source: llama.cpp, <c>src/llama-vocab.cpp</c> and <c>src/unicode.cpp</c>.
/// </remarks>
public sealed class SplitRule
{
    private const string Contraction = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private const string AnyCaseContraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private const string Space = @"\s*[\r\n]+|\s+(?!\S)|\s+";

    private readonly Lazy<SplitScanner> _scanner;
    private readonly SplitRule? _nearest;

    private SplitRule(
        string name, string? llamaCppName, bool ignoresMerges, string pattern, SplitShape shape, SplitRule? nearest = null)
    {
        (Name, LlamaCppName, IgnoresMerges, Pattern, _nearest) = (name, llamaCppName, ignoresMerges, pattern, nearest);
        _scanner = new(() => new SplitScanner(shape));
    }

    /// <summary>
    /// The default, for Turkish:
    /// <list type="bullet">
    /// <item>Letters with their combining marks, with one preceding space if there is one: <c>" kitap"</c>.</item>
    /// <item>An apostrophe (' or ’) with the letters after it, so a suffix is one pre-token: <c>Ankara'da</c> is <c>Ankara</c>,
    /// <c>'da</c>.</item>
    /// <item>Up to three digits, with one preceding space if there is one.</item>
    /// <item>A run of anything else, with one preceding space if there is one. The run ends before an apostrophe that begins a
    /// suffix.</item>
    /// <item>White space up to the last line end of its run; then the rest of the run except its last character, which joins
    /// the next pre-token if it is a space.</item>
    /// </list>
    /// White space is spelled as a range and a category in the pattern because engines disagree about <c>\s</c>. llama.cpp does
    /// not have this rule.
    /// </summary>
    public static SplitRule Turkish { get; } = new(
        "turkish", null, ignoresMerges: false,
        @"['’]\p{L}[\p{L}\p{M}]*" +
        @"| ?\p{L}[\p{L}\p{M}]*" +
        @"| ?\p{N}{1,3}" +
        @"| ?[^\t-\r\p{Z}\p{L}\p{N}](?:(?!['’]\p{L})[^\t-\r\p{Z}\p{L}\p{N}])*" +
        @"|[\t-\r\p{Z}]*[\r\n]+" +
        @"|[\t-\r\p{Z}]+(?![^\t-\r\p{Z}])" +
        @"|[\t-\r\p{Z}]+",
        new()
        {
            WordPrefix = c => c is ' ' or '\'' or '’', HasMarksInWords = true, MaxDigits = 3, HasSpaceBeforeDigits = true,
            EndsOthersAtSuffix = true, EndsSpaceAtLineEnd = true,
        });

    /// <summary>
    /// The rule of Mistral's Tekken tokenizer, as llama.cpp applies it: letters with any one preceding character that is not a
    /// letter, a number or a line end, so an apostrophe stays with its suffix; a word ends before a capital that follows a small
    /// letter; each digit is a pre-token. llama.cpp takes every letter beyond ASCII for both capital and small:
    /// <c>TÜRKİYE</c> is <c>TÜRKİ</c>, <c>YE</c>. Combining marks are not letters.
    /// </summary>
    public static SplitRule Tekken { get; } = new(
        "tekken", "tekken", ignoresMerges: true, GetCasedWords("") + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Space,
        CreateShape(maxDigits: 1, afterOthers: "\r\n/", CaseHandling.Ascii, ContractionHandling.None));

    /// <summary>
    /// The rule of Llama 3: letters with any one preceding character that is not a letter, a number or a line end; up to three
    /// digits. English contractions are pre-tokens, so <c>'da</c> is <c>'d</c>, <c>a</c>, but <c>'nin</c> and <c>’da</c> are one.
    /// </summary>
    public static SplitRule LlamaBpe { get; } = new(
        "llama-bpe", "llama-bpe", ignoresMerges: true,
        Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Space,
        CreateShape(maxDigits: 3, afterOthers: "\r\n", CaseHandling.None, ContractionHandling.Separates));

    /// <summary>
    /// The rule of GPT-4o, as llama.cpp applies it: like <see cref="Tekken"/>, with up to three digits, and an English
    /// contraction belongs to the word before it, so <c>Ankara'da</c> is <c>Ankara'd</c>, <c>a</c>.
    /// </summary>
    public static SplitRule Gpt4o { get; } = new(
        "gpt-4o", "gpt-4o", ignoresMerges: false,
        GetCasedWords(Contraction + "?") + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Space,
        CreateShape(maxDigits: 3, afterOthers: "\r\n/", CaseHandling.Ascii, ContractionHandling.Attaches));

    /// <summary>The rule of Qwen 2: that of <see cref="LlamaBpe"/>, and each digit is a pre-token.</summary>
    public static SplitRule Qwen2 { get; } = new(
        "qwen2", "qwen2", ignoresMerges: false,
        Contraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Space,
        CreateShape(maxDigits: 1, afterOthers: "\r\n", CaseHandling.None, ContractionHandling.Separates));

    /// <summary>
    /// The rule of GPT-2: letters, digits in any number, or other characters, each with one preceding space. English contractions
    /// in lower case are pre-tokens; other apostrophes are separated from their suffix.
    /// </summary>
    public static SplitRule Gpt2 { get; } = new(
        "gpt-2", "gpt-2", ignoresMerges: false,
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        new()
        {
            WordPrefix = c => c == ' ', HasNextLineInSpace = true, MaxDigits = int.MaxValue, HasSpaceBeforeDigits = true,
            Contractions = ContractionHandling.SeparatesLowerCase,
        });

    /// <summary>
    /// The rule of BLOOM: everything between white space and the punctuation of ends of sentences and clauses is a word, with
    /// one preceding space, so <c>Ankara'da</c> is one pre-token. Of the rules of llama.cpp it changes the tokens of
    /// <see cref="Turkish"/> least. Its name there is <c>poro-chat</c>, which, unlike <c>bloom</c>, does not remove spaces from
    /// decoded text.
    /// </summary>
    public static SplitRule Bloom { get; } = new(
        "bloom", "poro-chat", ignoresMerges: false, @" ?[^(\s|.,!?…。，、।۔،)]+",
        new()
        {
            WordPrefix = c => c == ' ', HasNextLineInSpace = true, Separators = "(|.,!?…。，、।۔،)", MaxDigits = 0,
        });

    /// <summary>All rules that a tokenizer can be trained with, the default first.</summary>
    public static IReadOnlyList<SplitRule> All { get; } = [Turkish, Tekken, LlamaBpe, Gpt4o, Qwen2, Gpt2, Bloom];

    /// <summary>
    /// The rules as their authors published them, where llama.cpp departs from that: every letter has the case that Unicode says,
    /// combining marks belong to words, and ſ is an s in contractions. Tokenizers of imported models have them.
    /// </summary>
    public static IReadOnlyList<SplitRule> Published { get; } =
    [
        new(
            "tekken-published", null, ignoresMerges: true,
            GetPublishedWords("") + @"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Space,
            CreateShape(maxDigits: 1, afterOthers: "\r\n/", CaseHandling.Unicode, ContractionHandling.None), Tekken),
        new(
            "llama-bpe-published", null, ignoresMerges: true,
            AnyCaseContraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Space,
            CreateShape(maxDigits: 3, afterOthers: "\r\n", CaseHandling.None, ContractionHandling.Separates) with
            {
                HasLongSInContractions = true,
            },
            LlamaBpe),
        new(
            "gpt-4o-published", null, ignoresMerges: false,
            GetPublishedWords(AnyCaseContraction + "?") + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + Space,
            CreateShape(maxDigits: 3, afterOthers: "\r\n/", CaseHandling.Unicode, ContractionHandling.Attaches) with
            {
                HasLongSInContractions = true,
            },
            Gpt4o),
        new(
            "qwen2-published", null, ignoresMerges: false,
            AnyCaseContraction + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + Space,
            CreateShape(maxDigits: 1, afterOthers: "\r\n", CaseHandling.None, ContractionHandling.Separates) with
            {
                HasLongSInContractions = true,
            },
            Qwen2),
    ];

    /// <summary>Name of the rule, such as <c>tekken</c>.</summary>
    public string Name { get; }

    /// <summary>The rule as a regular expression over code points, as written to <c>tokenizer.json</c>.</summary>
    public string Pattern { get; }

    /// <summary>
    /// Name of the rule in GGUF files, the value of <c>tokenizer.ggml.pre</c>; null if llama.cpp does not have the rule.
    /// </summary>
    public string? LlamaCppName { get; }

    /// <summary>
    /// True if a pre-token that is a token of the vocabulary becomes that token even if merges would not produce it, as
    /// <c>ignore_merges</c> in <c>tokenizer.json</c> says. llama.cpp derives this from the name of the rule.
    /// </summary>
    public bool IgnoresMerges { get; }

    /// <summary>
    /// This rule if llama.cpp has it; its version of a published rule; for <see cref="Turkish"/> the one that gives the
    /// most equal ids on Turkish text, measured in <c>docs/guide/split-rules.md</c>.
    /// </summary>
    public SplitRule NearestLlamaCpp => LlamaCppName is null ? _nearest ?? Bloom : this;

    /// <summary>Returns the rule of a name, also a published one; null for an unknown name.</summary>
    public static SplitRule? Find(string name) =>
        All.Concat(Published).FirstOrDefault(rule => string.Equals(rule.Name, name, StringComparison.Ordinal));

    /// <summary>Returns the rule with a pattern, also a published one; null for an unknown pattern.</summary>
    public static SplitRule? FindByPattern(string pattern) =>
        All.Concat(Published).FirstOrDefault(rule => string.Equals(rule.Pattern, pattern, StringComparison.Ordinal));

    /// <summary>Splits a text into pre-tokens, in order. Their concatenation is the text.</summary>
    public PreTokenEnumerator Split(ReadOnlySpan<char> text) => new(_scanner.Value, text);

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;

    // llama.cpp replaces each character beyond ASCII by one byte for its category, so a–z and A–Z are the only
    // letters with a case.
    private static string GetCasedWords(string after) =>
        @"[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))*((?=[\p{L}])([^A-Z]))+" + after
        + @"|[^\r\n\p{L}\p{N}]?((?=[\p{L}])([^a-z]))+((?=[\p{L}])([^A-Z]))*" + after;

    private static string GetPublishedWords(string after) =>
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + after
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + after;

    private static SplitShape CreateShape(
        int maxDigits, string afterOthers, CaseHandling @case, ContractionHandling contractions) => new()
    {
        WordPrefix = _ => true, HasNextLineInSpace = true, Case = @case, MaxDigits = maxDigits,
        AfterOthers = afterOthers, EndsSpaceAtLineEnd = true, Contractions = contractions,
    };
}
