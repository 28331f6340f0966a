using System.Text.RegularExpressions;

namespace TurkishLlm.Tests.Unit.Documentation;

/// <summary>A word or phrase that pages, comments and messages do not use, and the replacement.</summary>
/// <param name="Name">How reports name the entry.</param>
/// <param name="Pattern">A regular expression, matched without regard to case.</param>
/// <param name="Replacement">What to write in its place.</param>
internal sealed record ForbiddenWord(string Name, string Pattern, string Replacement)
{
    private readonly Regex _regex = new(Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    /// <summary>Returns the matches in a text.</summary>
    public IEnumerable<string> FindIn(string text) => _regex.Matches(text).Select(match => match.Value);
}

/// <summary>The words and forms that this project does not use.</summary>
internal static class WordList
{
    /// <summary>All entries: private or dated turns of phrase first, then British spellings.</summary>
    public static IReadOnlyList<ForbiddenWord> All { get; } =
    [
        new("goes on", @"\b(go|goes|going|went|gone) on\b(?! to\b)", "continues, resumes"),
        new("anew", @"\banew\b", "again"),
        new("mend", @"\bmend(s|ed|ing)?\b", "fix"),
        new("told", @"\btold\b(?! apart)|\btells? of\b|\bhaving to tell\b", "receives, reports"),
        new("told apart", @"\b(tell|tells|told|telling|keep|keeps|kept) apart\b", "distinguished, separate"),
        new("whose", @"\bwhose\b", "the … of, with"),
        new("nobody", @"\bnobody\b", "no one, no process"),
        new("at hand", @"\bat hand\b", "current, available"),
        new("left out", @"\b(left|leave|leaves|leaving) (it |them |this |that )?out\b", "skipped, excluded, omitted"),
        new("lies in", @"\b(lie|lies|lay|lain|lying) (in|on|at|there|where|beside|behind|below|above|under)\b", "is in"),
        new("for ever", @"\bfor ever\b", "indefinitely, permanently"),
        new("turned round", @"\bturn(s|ed|ing)? round\b", "flipped, reversed"),
        new("likeliest", @"\blikeliest\b", "most likely"),
        new("gravest", @"\bgravest\b", "most severe"),
        new("wherever", @"\bwherever\b", "where, in every place that"),
        new("behind", @"\bbehind\b", "after, below, under"),
        new("such as is there", @"\bsuch as (is|are) there\b|\bno such thing\b|\bthat is not there\b", "available"),
        new("what became of", @"\bwhat (became|becomes) of\b", "the result of, what happens to"),
        new("what was reached", @"\bwhat was reached\b", "the current state"),
        new("worse than it may be", @"\bthan (it|they) may be\b", "threshold not met"),
        new("the very", @"\bthe very\b", "exactly the"),
        new("besides", @"\bbesides\b", "also, apart from"),
        new("the processor", @"\bthe processor\b(?! time)", "the CPU"),
        new("plays the device", @"\bplays? (the|a) device\b", "emulates the device"),
        new("who knows whom", @"\bknows? (whom|which)\b|\bwho knows\b", "dependencies"),
        new("what would notice", @"\bwhat would notice\b", "mutation testing"),
        new("the life of", @"\bthe life of\b", "data flow of"),
        new("Of several processes", @"\bOf several processes:", "name the thing itself"),
        new("so many", @"\bso many\b", "N, at most N"),
        new("stands in", @"\bstands? (in|on|under|there|beside|for|at|above|below|alone|where)\b|\bstood\b", "is in, represents"),
        new("is there", @"\b(is|are) there\b(?! (a|an|any|no)\b)", "exists"),
        new("where there is none", @"\bwhere there (is|are)\b|\bthere (is|are) none\b", "if any, otherwise"),
        new("whatever", @"\bwhatever\b", "regardless of, any"),
        new("tells", @"\btells?\b(?! apart)", "reports, distinguishes"),
        new("in words", @"\bin words\b", "as text"),
        new("nothing but", @"\bnothing but\b", "only"),
        new("whoever", @"\bwho(so|m)?ever\b", "name the reader or caller"),
        new("what came of", @"\bwhat (came|comes) of\b", "the result of"),
        new("alike", @"\balike\b", "equal, the same"),
        new("at work", @"\bat work\b", "in use"),
        new("is to be", @"\b(is|are) to be\b", "must be, will be"),
        new("hears, is heard", @"\bheard\b|\bhears?\b", "receives, is reported"),
        new("hitherto", @"\b(hitherto|thereof|therein|thereby|whereof|whereby|wherein|lest|ere|nought|naught)\b", "plain words"),
        new("bears", @"\bbears\b", "tolerates, has"),
        new("-our", @"\b\w*(behaviour|colour|favour|neighbour|honour|labour)\w*\b", "-or: behavior, color"),
        new("-ise", @"\b(\w*(initial|normal|recogn|token|optim|organ|serial|summar|memor|minim|maxim|real|general|special|final"
            + @"|capital|character|util|visual|material|quant|random|vector|parametr|penal|regular|standard|synthes|synchron"
            + @"|emphas|local|categor|paralle?l|finger|author))is(e|es|ed|er|ers|ing|ation|ations|able)\b", "-ize: normalize"),
        new("-yse", @"\b(analy|cataly|paraly)(se|ses|sed|sing|ser|sers)\b(?<!analyses)", "-yze: analyze"),
        new("-re", @"\b(centre|metre|litre|fibre)s?\b", "-er: center, meter"),
        new("licence", @"\blicences?\b", "license"),
        new("catalogue", @"\bcatalogues?\b", "catalog"),
        new("judgement", @"\bjudgements?\b", "verdict, judgment"),
        new("-lled", @"\b(label|model|travel|level|signal|fuel|cancel)l(ed|ing|er|ers)\b", "labeled, modeling, canceled"),
        new("artefact, grey, whilst", @"\b(artefacts?|grey|whilst|amongst|towards|learnt|(mis)?spelt|programme|fulfil)\b",
            "American spelling"),
    ];
}
