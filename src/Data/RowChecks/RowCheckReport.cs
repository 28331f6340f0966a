using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Data.RowChecks;

/// <summary>A checked file.</summary>
/// <param name="File">Its path.</param>
/// <param name="Format">Format of its rows.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Invalid">Number of invalid rows, which were skipped.</param>
public sealed record CheckedFile(string File, ConversationFormat Format, int Rows, int Invalid);

/// <summary>What was found about one row.</summary>
/// <param name="File">Index of its file.</param>
/// <param name="Line">Its line.</param>
/// <param name="Ordinal">Number of its object in the file, from 0.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Other">Index of the row that it repeats or contradicts; −1 for none.</param>
/// <param name="HasPersonalData">True if it contains personal data; it may have another finding.</param>
public readonly record struct RowVerdict(
    int File, int Line, int Ordinal, RowFinding Finding, int Other, bool HasPersonalData);

/// <summary>A question with answers that differ.</summary>
/// <param name="Rows">Number of rows with matching questions and answers that differ.</param>
/// <param name="First">File and line of the first of them.</param>
/// <param name="Question">Its question.</param>
/// <param name="Answer">Its answer.</param>
/// <param name="Second">File and line of a row that contradicts it.</param>
/// <param name="SecondQuestion">Its question.</param>
/// <param name="SecondAnswer">Its answer.</param>
public sealed record Contradiction(
    int Rows, string First, string Question, string Answer, string Second, string SecondQuestion, string SecondAnswer);

/// <summary>The result of checking fine-tuning rows as a set.</summary>
public sealed record RowCheckReport
{
    /// <summary>The files.</summary>
    public required IReadOnlyList<CheckedFile> Files { get; init; }

    /// <summary>What was found about each row, in the order of the files.</summary>
    public required IReadOnlyList<RowVerdict> Verdicts { get; init; }

    /// <summary>Number of rows of tokens: only their equality was checked.</summary>
    public required int TokenRows { get; init; }

    /// <summary>Questions with answers that differ, in the order of their first rows.</summary>
    public required IReadOnlyList<Contradiction> Contradictions { get; init; }

    /// <summary>Diversity of the questions.</summary>
    public required PromptDiversity Diversity { get; init; }

    /// <summary>Lengths of questions.</summary>
    public required LengthStatistics QuestionLengths { get; init; }

    /// <summary>Lengths of answers.</summary>
    public required LengthStatistics AnswerLengths { get; init; }

    /// <summary>Findings of personal data by kind.</summary>
    public required IReadOnlyDictionary<PersonalDataKind, int> PersonalData { get; init; }

    /// <summary>The first invalid rows, with reasons.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Keys that are not used, by file; files without any are missing.</summary>
    public required IReadOnlyList<string> UnknownKeys { get; init; }

    /// <summary>Returns the number of rows about which something was found.</summary>
    public int Count(RowFinding finding) => Verdicts.Count(row => row.Finding == finding);

    /// <summary>What a user should look at, with numbers.</summary>
    public IReadOnlyList<string> Warnings => [.. RowWarnings.Create(this)];
}
