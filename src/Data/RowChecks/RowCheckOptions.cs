using System.Globalization;
using TurkishLlm.Data.Privacy;

namespace TurkishLlm.Data.RowChecks;

/// <summary>Options of the check of fine-tuning rows.</summary>
/// <param name="Files">Files of conversations, in any format.</param>
public sealed record RowCheckOptions(IReadOnlyList<string> Files)
{
    /// <summary>Similarity from which two questions can match, see <see cref="ComparedQuestion"/>.</summary>
    public double QuestionSimilarity { get; init; } = 0.8;

    /// <summary>Similarity from which two answers are the same, see <see cref="ComparedAnswer"/>.</summary>
    public double AnswerSimilarity { get; init; } = 0.8;

    /// <summary>Rows of at least 12 words with a lower Turkish score are language outliers; −1 for none.</summary>
    public double MinimumTurkish { get; init; }

    /// <summary>True to treat the input of Alpaca rows as retrieved context.</summary>
    public bool InputIsContext { get; init; }

    /// <summary>True to skip and count invalid rows; false to throw at the first.</summary>
    public bool SkipInvalid { get; init; }

    /// <summary>How rows with personal data are handled when cleaned rows are written.</summary>
    public PersonalDataAction PersonalData { get; init; } = PersonalDataAction.Keep;

    /// <summary>True to treat IPv4 addresses as personal data.</summary>
    public bool FindIpAddresses { get; init; }

    /// <summary>Findings for which rows are removed when cleaned rows are written.</summary>
    public IReadOnlyList<RowFinding> Removed { get; init; } = [RowFinding.Duplicate, RowFinding.NearDuplicate];

    /// <summary>Throws if an option is out of range; the message lists all such options.</summary>
    /// <exception cref="InvalidDataException">An option is out of range.</exception>
    public void Validate()
    {
        List<string> problems = [];
        if (Files.Count == 0) problems.Add("No file of conversations is given. Name at least one.");
        foreach (var twice in Files.Select(Path.GetFullPath).GroupBy(file => file).Where(file => file.Count() > 1))
            problems.Add($"{twice.Key} is given twice, so each of its rows would be a duplicate. Name it once.");
        RequireSimilarity("The question similarity", QuestionSimilarity);
        RequireSimilarity("The answer similarity", AnswerSimilarity);
        if (!(MinimumTurkish is >= -1 and <= 1))
            AddProblem($"The minimum Turkish score is {MinimumTurkish}; scores are -1 to 1 (-1 = keep all).");
        if (problems.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, problems));

        void RequireSimilarity(string name, double value)
        {
            if (!(value is >= 0.5 and <= 1)) AddProblem($"{name} is {value}; it must be 0.5 to 1, such as 0.8.");
        }

        void AddProblem(FormattableString text) => problems.Add(text.ToString(CultureInfo.InvariantCulture));
    }
}
