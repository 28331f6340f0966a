using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.RowChecks;

/// <summary>How two answers to one question relate.</summary>
public enum AnswerRelation
{
    /// <summary>They say the same in nearly the same words.</summary>
    Same,

    /// <summary>They say the same in other words, or one says a part of the other.</summary>
    Compatible,

    /// <summary>They differ in a number, a code or a negation, or in most of their text.</summary>
    Different,
}

/// <summary>An answer, prepared for the comparison with others.</summary>
/// <remarks>
/// The relation is decided by letter trigrams, numbers and codes, and negations. It is a suspicion, not a judgment of meaning: a
/// long answer in quite other words counts as different, so people must look at both. Spec: SFT-51.
/// </remarks>
public sealed class ComparedAnswer
{
    // Below this Jaccard similarity, answers have most of their text to themselves.
    private const double MinOverlap = 0.4;

    // From this share of the shorter answer on, it is a part of the longer one.
    private const double MinContainment = 0.8;

    private readonly string _words;
    private readonly HashSet<string> _exact;
    private readonly LetterTrigrams _trigrams;

    /// <param name="answer">The text of the answer.</param>
    public ComparedAnswer(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _words = ComparableWords.Create(answer);
        _exact = ExactWords.Extract(answer);
        _trigrams = LetterTrigrams.Create(_words);
    }

    /// <summary>The words in lower case, separated by spaces.</summary>
    internal string Words => _words;

    /// <summary>Compares two answers.</summary>
    /// <param name="other">The other answer.</param>
    /// <param name="similarity">Jaccard similarity from which answers are the same.</param>
    public AnswerRelation Compare(ComparedAnswer other, double similarity)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_words == other._words) return AnswerRelation.Same;
        var (jaccard, isSameSign) = (_trigrams.ComputeJaccard(other._trigrams), Negations.AreEqual(_words, other._words));
        if (jaccard >= similarity && isSameSign && _exact.SetEquals(other._exact)) return AnswerRelation.Same;
        var hasOtherFacts = !_exact.IsSubsetOf(other._exact) && !other._exact.IsSubsetOf(_exact);
        if (hasOtherFacts || Negations.OpenDifferently(_words, other._words)) return AnswerRelation.Different;
        if (!isSameSign && jaccard >= MinOverlap) return AnswerRelation.Different;
        return jaccard >= MinOverlap || _trigrams.ComputeContainment(other._trigrams) >= MinContainment
            ? AnswerRelation.Compatible
            : AnswerRelation.Different;
    }
}
