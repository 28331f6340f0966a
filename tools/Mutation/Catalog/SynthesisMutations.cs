namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class SynthesisMutations
{
    private const string
        PairChecks = "src/Synthesis/Verdicts/PairChecks.cs",
        Review = "src/Synthesis/Verdicts/Review.cs",
        Judge = "src/Synthesis/Verdicts/Judge.cs",
        DocumentSplit = "src/Synthesis/Building/DocumentSplit.cs",
        SftBuilder = "src/Synthesis/Building/SftBuilder.cs",
        SftFolder = "src/Synthesis/Building/SftFolder.cs",
        RagRowBuilder = "src/Synthesis/Building/RagRowBuilder.cs",
        PassageRetriever = "src/Synthesis/Retrieval/PassageRetriever.cs",
        Bm25Index = "src/Data/Retrieval/Bm25Index.cs",
        ReplyGenerator = "src/Synthesis/Generation/ReplyGenerator.cs",
        JournalState = "src/Synthesis/Generation/JournalState.cs",
        BatchReplyGenerator = "src/Synthesis/Generation/BatchReplyGenerator.cs",
        Budget = "src/Synthesis/Generation/Budget.cs",
        Journal = "src/Synthesis/Generation/Journal.cs",
        JournalLine = "src/Synthesis/Generation/JournalLine.cs",
        ReplyInterpreter = "src/Synthesis/Generation/ReplyInterpreter.cs",
        ModelPrice = "src/Synthesis/Generation/ModelPrice.cs",
        ReplyBody = "src/Synthesis/Generation/ReplyBody.cs",
        ModelRequest = "src/Synthesis/Generation/ModelRequest.cs",
        LabeledChunks = "src/Synthesis/Generation/LabeledChunks.cs",
        Prompt = "src/Synthesis/Prompts/Prompt.cs",
        ErrorVerdict = "src/Synthesis/Generation/ErrorVerdict.cs",
        RateLimitHeaders = "src/Synthesis/Generation/RateLimitHeaders.cs",
        EventStream = "src/Synthesis/Generation/EventStream.cs",
        DuplicateQuestions = "src/Synthesis/Verdicts/DuplicateQuestions.cs",
        Negation = "src/Synthesis/Verdicts/Negation.cs",
        GroundingChecker = "src/Synthesis/Verdicts/GroundingChecker.cs",
        TextUnit = "src/Synthesis/Verdicts/TextUnit.cs",
        Facts = "src/Synthesis/Verdicts/Facts.cs",
        Chunker = "src/Synthesis/Chunks/Chunker.cs",
        Site = "src/Synthesis/Chunks/Site.cs",
        Section = "src/Synthesis/Chunks/Section.cs",
        CrossModuleRule = "src/Synthesis/Grouping/CrossModuleRule.cs",
        GroupingRules = "src/Synthesis/Grouping/GroupingRules.cs",
        ModuleRule = "src/Synthesis/Grouping/ModuleRule.cs",
        HtmlTable = "src/Synthesis/Documentation/HtmlTable.cs",
        HiddenElements = "src/Synthesis/Documentation/HiddenElements.cs",
        SynthesisMetrics = "src/Synthesis/Reporting/SynthesisMetrics.cs",
        PilotComparison = "src/Synthesis/Reporting/PilotComparison.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new(
            "later-turns-are-not-traced", ["BUG-SYN-03"], PairChecks,
            "[.. pair.Turns.SelectMany(turn => _grounding.Trace(turn, chunks))]",
            "[.. pair.Turns.Take(1).SelectMany(turn => _grounding.Trace(turn, chunks))]",
            "Only the first turn of a conversation is traced to the chunks."),
        new(
            "later-turns-are-not-checked", ["BUG-SYN-03"], PairChecks,
            "foreach (var turn in pair.Turns)",
            "foreach (var turn in pair.Turns.Take(1))",
            "Only the first turn of a conversation is checked."),
        new(
            "later-answers-have-no-length", ["BUG-SYN-03"], PairChecks,
            "string.Join(' ', pair.Turns.Select(turn => turn.Answer))",
            "pair.Turns[0].Answer",
            "Only the first answer of a conversation counts against the bound on words."),
        new(
            "replies-about-changed-chunks-count", ["BUG-SYN-04"], Review,
            ".LastOrDefault(reply => reply.Context == shown.Hash && (model is null || reply.Model "
                + "== model));",
            ".LastOrDefault(reply => model is null || reply.Model == model);",
            "A reply about an older text of the chunks counts."),
        new(
            "first-reply-counts", ["BUG-SYN-05"], Review,
            ".LastOrDefault(reply => reply.Context == shown.Hash && (model",
            ".FirstOrDefault(reply => reply.Context == shown.Hash && (model",
            "Of several replies the oldest counts."),
        new(
            "first-verdict-counts", ["BUG-SYN-05"], Review,
            "replies[Judge.Prefix + pair.Pair.Id].LastOrDefault(",
            "replies[Judge.Prefix + pair.Pair.Id].FirstOrDefault(",
            "Of several verdicts of a judge the oldest counts."),
        new(
            "verdict-about-changed-chunks-counts", ["BUG-SYN-05"], Review,
            "LastOrDefault(reply => reply.Context == shown.Hash) is not { } verdict)",
            "LastOrDefault() is not { } verdict)",
            "A verdict about an older text of the chunks counts."),
        new(
            "replies-of-other-models-count", ["BUG-SYN-05"], Review,
            "reply.Context == shown.Hash && (model is null || reply.Model == model)",
            "reply.Context == shown.Hash",
            "The comparison of models reviews the latest reply of any model."),
        new(
            "judged-pair-displaces-another", ["BUG-SYN-12"], Review,
            "RemoveDuplicates([.. passed.Where(pair => PassesJudge(pair, chunks, replies, "
                + "rejected))], rejected)",
            "[.. RemoveDuplicates(passed, rejected).Where(pair => PassesJudge(pair, chunks, "
                + "replies, rejected))]",
            "A pair that the judge rejects displaces an accepted duplicate."),
        new(
            "judge-of-the-first-claim", ["BUG-SYN-11"], Judge,
            "foreach (var claim in reply.Claims)",
            "foreach (var claim in reply.Claims.Take(1))",
            "Only the first claim that a judge lists is looked at."),
        new(
            "split-by-the-first-source", ["BUG-SYN-01"], DocumentSplit,
            "return splits is [var split] ? split : null;",
            "return splits is [var split, ..] ? split : null;",
            "A pair with chunks in both splits is put where its first chunk is."),
        new(
            "refusal-shows-the-other-split", ["BUG-SYN-02"], SftBuilder,
            "[.. passages.Where(passage => _split.IsValidation(passage.Document) == side)]",
            "passages",
            "A row shows passages of the other split."),
        new(
            "refuses-what-is-answered-in-part", ["BUG-SYN-06"], RagRowBuilder,
            "_grounding.Trace(turn, passages).All(claim => claim.Problem.Length > 0)",
            "_grounding.Trace(turn, passages).Any(claim => claim.Problem.Length > 0)",
            "A row refuses although its context supports a claim of the answer."),
        new(
            "context-room-is-not-reduced", ["BUG-SYN-10"], PassageRetriever,
            "left -= passage.TokenCount + _overhead;",
            "",
            "Passages of a context do not reduce its room."),
        new(
            "supporting-passages-are-not-added", ["BUG-SYN-10"], RagRowBuilder,
            "_retriever.Fit([.. support, .. ranked], room)",
            "_retriever.Fit([.. ranked, .. support], room)",
            "Supporting passages that the search does not find come after the best matches, and often do not fit."),
        new(
            "context-is-not-in-reading-order", ["BUG-SYN-10"], PassageRetriever,
            "return [.. taken.OrderBy(passage => _places[passage.ChunkId])];",
            "return taken;",
            "The passages of a context are in the order of their ranks."),
        new(
            "citation-of-another-passage", ["BUG-SYN-10"], RagRowBuilder,
            "IndexOf(context, passage) + 1",
            "IndexOf(support, passage) + 1",
            "An answer cites the places among its supporting passages, not those in the context."),
        new(
            "headings-count-once", ["BUG-SYN-10"], Bm25Index,
            "Count(passages[i].Headings, HeadingWeight);",
            "Count(passages[i].Headings, 1);",
            "A term of the headings counts once."),
        new(
            "conversation-is-cut", ["BUG-SYN-10"], SftBuilder,
            ".. pair.Turns.SelectMany(turn => new SftMessage[]",
            ".. pair.Turns.Take(2).SelectMany(turn => new SftMessage[]",
            "A conversation keeps its first two turns."),
        new(
            "refusals-are-a-share-of-answers", ["BUG-SYN-06"], SftBuilder,
            "_options.RefusalShare / (1 - _options.RefusalShare) * rows.Count",
            "_options.RefusalShare * rows.Count",
            "The share of refusals is that of the answering rows."),
        new(
            "refusal-in-another-language", ["BUG-SYN-06"], RagRowBuilder,
            "passage.Language == sources[0].Language",
            "true",
            "A refusal may show a passage in another language."),
        new(
            "rag-files-are-exchanged", ["BUG-SYN-01"], SftFolder,
            "File(\"v2/train.jsonl\", rows.Rag[false]), File(\"v2/validation.jsonl\", rows.Rag[true])",
            "File(\"v2/train.jsonl\", rows.Rag[true]), File(\"v2/validation.jsonl\", rows.Rag[false])",
            "Training and validation rows with context are exchanged."),
        new(
            "restart-forgets-money-in-doubt", ["BUG-SYN-07"], ReplyGenerator,
            "journal.Query(state => state.Spent + state.InDoubtCost)",
            "journal.Query(state => state.Spent)",
            "A new run does not count the money in doubt."),
        new(
            "broken-connection-costs-nothing", ["BUG-SYN-07"], ReplyGenerator,
            "return (failure.InDoubt ? maxCost : 0, failure);",
            "return (0, failure);",
            "A reply lost with the connection costs nothing in the same run."),
        new(
            "failed-doubt-is-dropped", ["BUG-SYN-07"], JournalState,
            "if (_open.Remove(failed.Send, out var doubtful) && failed.InDoubt) "
                + "_doubts.Add(doubtful);",
            "_open.Remove(failed.Send, out _);",
            "A send is no longer in doubt when its connection breaks."),
        new(
            "open-batch-costs-nothing", ["BUG-SYN-07"], JournalState,
            "InDoubtSends.Sum(sent => sent.CostAtMost) + _batches.Values.Sum(batch => "
                + "batch.CostAtMost)",
            "InDoubtSends.Sum(sent => sent.CostAtMost)",
            "An open batch is not money in doubt."),
        new(
            "batch-forgets-money-in-doubt", ["BUG-SYN-07"], BatchReplyGenerator,
            "limit - journal.Query(state => state.Spent + state.InDoubtCost)",
            "limit - journal.Query(state => state.Spent)",
            "The budget of batches does not count the money in doubt."),
        new(
            "lost-batch-is-submitted-twice", ["BUG-SYN-08"], BatchReplyGenerator,
            "&& !(isSubmission && error.InDoubt))",
            "&& (isSubmission || !error.InDoubt))",
            "A batch is submitted again at once when its submission is in doubt."),
        new(
            "budget-ignores-requests-in-flight", ["BUG-SYN-07"], Budget,
            "_spent + _reserved + maxCost <= limit",
            "_spent + maxCost <= limit",
            "Requests in flight do not reserve their cost."),
        new(
            "refusal-is-requested-again", ["BUG-SYN-08"], JournalState,
            "if (kind == ReplyKind.Refusal) _refused.Add(reply.Request);",
            "",
            "A refused request is sent again."),
        new(
            "unreadable-reply-keeps-its-attempt", ["BUG-SYN-08"], JournalState,
            "Math.Max(reply.Attempt, _attempts.GetValueOrDefault(reply.Request))",
            "_attempts.GetValueOrDefault(reply.Request)",
            "An unreadable reply does not raise the attempt."),
        new(
            "batch-result-counts-twice", ["BUG-SYN-08"], JournalState,
            "if (!HasResult(received)) Add(received);",
            "Add(received);",
            "A result that the journal already has counts again."),
        new(
            "paid-error-costs-nothing", ["BUG-SYN-13"], JournalState,
            "Spent += reply.Reply.Cost;",
            "",
            "An error with token counts costs nothing."),
        new(
            "whole-last-line-is-torn", ["BUG-SYN-08"], Journal,
            "if (JournalLine.TryRead(rest) is { } whole)",
            "if (JournalLine.TryRead(rest) is { } whole && rest.Length == 0)",
            "A last line that lacks only its end is cut off."),
        new(
            "torn-line-is-overwritten", ["BUG-SYN-08"], Journal,
            "FileMode.Append, FileAccess.Write)",
            "FileMode.Create, FileAccess.Write)",
            "A second torn line overwrites the first."),
        new(
            "checksum-is-not-compared", ["BUG-SYN-09"], JournalLine,
            "!written.SequenceEqual(ComputeChecksum(text))",
            "written.Length == 0",
            "A changed line of the journal is read."),
        new(
            "reply-without-usage-is-free", ["BUG-SYN-13"], ReplyInterpreter,
            ": received.CostAtMost;",
            ": 0;",
            "A reply without token counts costs nothing."),
        new(
            "prices-are-exchanged", ["BUG-SYN-13"], ModelPrice,
            "inputTokens * Input + outputTokens * Output",
            "inputTokens * Output + outputTokens * Input",
            "Input tokens cost the price of output tokens."),
        new(
            "cached-tokens-are-free", ["BUG-SYN-13"], ReplyBody,
            " + (ReadCount(usage, \"cache_read_input_tokens\") ?? 0)",
            "",
            "Tokens that the service read from its cache cost nothing."),
        new(
            "request-id-without-schema", ["BUG-SYN-18"], ModelRequest,
            "$\"{Model}\\0{System}\\0{User}\\0{Schema}\\0",
            "$\"{Model}\\0{System}\\0{User}\\0",
            "A changed schema gives the same request."),
        new(
            "context-hash-without-text", ["BUG-SYN-18"], LabeledChunks,
            "$\"{chunk.ChunkId}\\0{chunk.Text}\"",
            "$\"{chunk.ChunkId}\"",
            "The hash of the chunks in a request does not depend on their text."),
        new(
            "prompt-version-without-schema", ["BUG-SYN-18"], Prompt,
            "$\"{system}\\0{user}\\0{schema}\"",
            "$\"{system}\\0{user}\"",
            "A changed schema gives the same version of the prompt."),
        new(
            "empty-account-is-waited-for", ["BUG-SYN-14"], ErrorVerdict,
            "\"insufficient_quota\", ",
            "",
            "An account without credit is retried."),
        new(
            "shortest-limit-is-waited-for", ["BUG-SYN-14"], RateLimitHeaders,
            "used.Max(limit => limit.Delay)",
            "used.Min(limit => limit.Delay)",
            "Of several used limits the shortest is waited for."),
        new(
            "stream-keeps-its-last-event", ["BUG-SYN-13"], EventStream,
            "text += ReadText(delta[\"content\"]);",
            "text = ReadText(delta[\"content\"]);",
            "A reply that arrives as a stream keeps its last event."),
        new(
            "near-duplicates-ignore-numbers", ["BUG-SYN-12"], DuplicateQuestions,
            "entry.Facts.SetEquals(facts) && ComputeSimilarity",
            "ComputeSimilarity",
            "Questions about other numbers are near-duplicates."),
        new(
            "near-duplicates-look-up-one-trigram-less", ["BUG-SYN-12"], DuplicateQuestions,
            "(int)Math.Ceiling(NearSimilarity * trigrams.Count) + 1)",
            "(int)Math.Ceiling(NearSimilarity * trigrams.Count))",
            "Too few trigrams of a question are looked up."),
        new(
            "duplicates-use-invariant-case", ["BUG-SYN-12"], "src/Tokenization/ComparableWords.cs",
            "foreach (var c in TurkishCase.ToLower(ComparableText.Create(text)))",
            "foreach (var c in ComparableText.Create(text).ToLowerInvariant())",
            "Questions are compared in invariant lower case."),
        new(
            "unsure-questions-are-refused", [],
            "src/Evaluation/Probing/ProbedQuestion.cs", "share <= options.UnknownShare", "share < options.KnownShare",
            "Questions that a model answers right sometimes get a refusal."),
        new(
            "negation-is-compared-one-way", ["BUG-SYN-11"], Negation,
            "deniedThere.Exists(root => IsSameVerb(root, verb)) && !affirmedThere",
            "false && !affirmedThere",
            "A verb that is affirmed in the answer and negated in the chunk passes."),
        new(
            "name-of-another-row-passes", ["BUG-SYN-11"], GroundingChecker,
            ">= Math.Min(2, others.Length)));",
            ">= 0));",
            "A name passes if it occurs anywhere in the chunks."),
        new(
            "evidence-begins-at-the-line", ["BUG-SYN-11"], TextUnit,
            "yield return new(chunk, start + begin, end - begin, line[begin..end]);",
            "yield return new(chunk, start, end - begin, line[begin..end]);",
            "The evidence of a claim begins at its line."),
        new(
            "thousands-are-decimals", ["BUG-SYN-11"], Facts,
            "if (ThousandsRegex().IsMatch(number)) number",
            "if (number.Length > 9 && ThousandsRegex().IsMatch(number)) number",
            "A point in a number of thousands is a decimal point."),
        new(
            "overlap-is-not-marked", ["BUG-SYN-15"], Chunker,
            "Overlap = lead.Length,",
            "Overlap = 0,",
            "Text that a chunk repeats is not marked as overlap."),
        new(
            "parent-folder-of-a-link", ["BUG-SYN-15"], Site,
            "else steps.RemoveAt(steps.Count - 1);",
            "else steps.RemoveAt(0);",
            "A link to a parent folder removes the first folder."),
        new(
            "section-is-its-own-parent", ["BUG-SYN-15"], Section,
            "section.Anchor == below[^2].Anchor",
            "section.Anchor == below[^1].Anchor",
            "The parent of a section is the section itself."),
        new(
            "cross-module-links-one-way", ["BUG-SYN-16"], CrossModuleRule,
            " && links.Contains((pair.To, pair.Document))",
            "",
            "Pages of two modules are grouped if one links to the other."),
        new(
            "parts-without-their-lead", ["BUG-SYN-16"], GroupingRules,
            "parts.Add([.. lead]);",
            "parts.Add([]);",
            "The parts of a large group do not begin with the lead."),
        new(
            "module-group-mixes-languages", ["BUG-SYN-16"], ModuleRule,
            "chunks.All.GroupBy(chunk => (chunk.Language, chunk.ModuleKey))",
            "chunks.All.GroupBy(chunk => (Language: \"tr\", chunk.ModuleKey))",
            "The group of a module mixes languages."),
        new(
            "spanned-row-is-not-repeated", ["BUG-SYN-17"], HtmlTable,
            "for (var down = 1; down < Math.Clamp",
            "for (var down = 2; down < Math.Clamp",
            "A cell over two rows is missing in the second."),
        new(
            "folded-text-is-hidden", ["BUG-SYN-17"], HiddenElements,
            "return !hidden.Equals(\"until-found\", StringComparison.OrdinalIgnoreCase);",
            "return true;",
            "Text that a browser finds on a page is taken for hidden."),
        new(
            "empty-groups-leave-the-mean", ["BUG-SYN-19"], SynthesisMetrics,
            "answered.Select(group => perGroup.GetValueOrDefault(group.Id))",
            "perGroup.Values",
            "Groups without an accepted pair do not count in the mean."),
        new(
            "models-on-different-groups", ["BUG-SYN-19"], PilotComparison,
            "(a, b) => [.. a.Intersect(b)]",
            "(a, b) => [.. a.Union(b)]",
            "Models are compared on groups that only one of them answered."),
        new(
            "report-without-open-batches", ["BUG-SYN-19"], SynthesisMetrics,
            "(journal.InDoubtSends.Count, journal.InDoubtCost)",
            "(journal.InDoubtSends.Count, 0)",
            "The report counts no money in doubt."),
    ];
}
