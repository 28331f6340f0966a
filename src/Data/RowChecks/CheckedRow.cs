using System.Text;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Privacy;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Data.RowChecks;

/// <summary>What the check keeps of a row: its texts as UTF-8, and what is measured on each.</summary>
internal sealed class CheckedRow
{
    private const int MinWordsForLanguage = 12;

    private readonly byte[] _question, _answer;

    private CheckedRow(int file, ConversationRow row, string question, string answer) =>
        (File, Line, Ordinal, _question, _answer) = (
            file, row.Line, row.Ordinal, Encoding.UTF8.GetBytes(question), Encoding.UTF8.GetBytes(answer));

    /// <summary>Index of its file.</summary>
    public int File { get; }

    public int Line { get; }

    public int Ordinal { get; }

    /// <summary>Equal for equal rows.</summary>
    public UInt128 Key { get; private init; }

    /// <summary>Equal for rows with the same system prompt, contexts, numbers and codes: only those are compared.</summary>
    public ulong Setting { get; private init; }

    /// <summary>Equal for rows with the same setting and the same words in the question.</summary>
    public UInt128 QuestionKey { get; private init; }

    /// <summary>MinHash signature of the trigrams of the question; null for a row of tokens.</summary>
    public ushort[]? Signature { get; private init; }

    /// <summary>First words of the question.</summary>
    public string Opening { get; private init; } = "";

    public bool IsForeign { get; private init; }

    /// <summary>Findings of personal data by kind; null for none.</summary>
    public int[]? PersonalData { get; private init; }

    /// <summary>True for a row of tokens, of which only equality is checked.</summary>
    public bool IsTokens => Signature is null;

    public string Question => Encoding.UTF8.GetString(_question);

    public string Answer => Encoding.UTF8.GetString(_answer);

    public int QuestionBytes => _question.Length;

    public int AnswerBytes => _answer.Length;

    /// <summary>Reads a row. Thread-safe.</summary>
    public static CheckedRow Create(int file, ConversationRow row, RowCheckOptions options)
    {
        var key = RowKeys.Compute(row).WholeConversation;
        if (row.Conversation is not { } conversation) return new(file, row, "", "") { Key = key };
        var (question, answer, setting) = (
            Join(conversation, ChatRole.User), Join(conversation, ChatRole.Assistant), Describe(conversation));
        var compared = new ComparedQuestion(question);
        var signature = new ushort[MinHash.SignatureLength];
        MinHash.ComputeSignature(compared.Trigrams.Values, signature);
        var exact = $"{setting}\0{string.Join(' ', compared.ExactParts)}";
        return new(file, row, question, answer)
        {
            Key = key,
            Setting = (ulong)DocumentHash.Compute(exact),
            QuestionKey = DocumentHash.Compute($"{exact}\0{compared.Words}"),
            Signature = signature,
            Opening = PromptDiversity.GetOpening(compared.Words),
            IsForeign = options.MinimumTurkish > -1 && IsHardlyTurkish($"{question}\n{answer}", options.MinimumTurkish),
            PersonalData = CountPersonalData(conversation, options.FindIpAddresses),
        };
    }

    private static string Join(Conversation conversation, ChatRole role) => string.Join('\n', conversation.Messages
        .Where(message => message.Role == role)
        .Select(message => message.ToolCall is { } call ? $"{message.Text}\n{call}".Trim() : message.Text));

    // What the answer depends on, apart from the question.
    private static string Describe(Conversation conversation) => string.Join('\n', conversation.Messages
        .Where(message => message.Role is ChatRole.System or ChatRole.Tool || message.Context.Count > 0)
        .SelectMany(message => message.Role == ChatRole.User ? message.Context : [message.Text])
        .Select(ComparableWords.Create));

    private static bool IsHardlyTurkish(string text, double minimum)
    {
        var words = 0;
        for (var scanner = new WordScanner(text); words < MinWordsForLanguage && scanner.MoveNext();) words++;
        return words == MinWordsForLanguage && TurkishScore.Compute(text) < minimum;
    }

    private static int[]? CountPersonalData(Conversation conversation, bool findIpAddresses)
    {
        var counts = new int[PersonalDataMask.KindCount];
        foreach (var text in conversation.Messages.SelectMany(message => (string[])
            [message.Text, message.ToolCall ?? "", .. message.Context]))
            foreach (var span in PersonalDataScanner.Find(text, findIpAddresses)) counts[(int)span.Kind]++;
        return Array.TrueForAll(counts, count => count == 0) ? null : counts;
    }
}
