using System.Globalization;
using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The rules of the review on short texts, on both sides of each limit.</summary>
[Trait("Suite", "Fast")]
public sealed class VerdictTests
{
    private const string Prose =
        "## Kantar\n\nFiş Muhasebe bölümüne gider. Etiketi Ambar basar. Makara 3.002 metredir ve 280 kilogram çeker. "
        + "Kırık fişler atılmaz, arşive konur.\n\n- Kartı okut.\n- Kamyonu tart.\n- Fişi yazdır.";

    [Theory]
    // Five words, of which three or two are known; seven, of which four are.
    [InlineData("Muhasebe bölümüne giden fiş yeşildir.", true)]
    [InlineData("Muhasebe fişi yeşil kalemle imzalanır.", false)]
    [InlineData("Muhasebe bölümüne giden fiş yeşil kalemle imzalanır.", false)]
    // A name of another sentence.
    [InlineData("Etiketi Ambar basar.", true)]
    [InlineData("Fiş Ambar bölümüne gider.", false)]
    // Numbers in other writing.
    [InlineData("Makara 3002 metredir.", true)]
    [InlineData("Makara 3,002 metredir.", false)]
    [InlineData("Makara iki yüz seksen kilogram çeker.", true)]
    [InlineData("Makara yüz seksen kilogram çeker.", false)]
    [InlineData("Makara iki yüz sekiz kilogram çeker.", false)]
    // Negation in either text.
    [InlineData("Kırık fişler atılmaz.", true)]
    [InlineData("Kırık fişler atılır.", false)]
    [InlineData("Kırık fişler arşive konmaz.", false)]
    // The number of listed items.
    [InlineData("Kantarda üç adım vardır: kartı okut, kamyonu tart, fişi yazdır.", true)]
    [InlineData("Kantarda iki adım vardır: kartı okut, kamyonu tart.", false)]
    [InlineData("Kantarda dört adım vardır: kartı okut, kamyonu tart, fişi yazdır.", false)]
    public void A_claim_is_supported_or_not(string answer, bool isSupported)
    {
        var claims = new GroundingChecker().Trace(new("Kantarda ne olur?", answer), [Chunk(Prose)]);
        claims.All(claim => claim.Problem.Length == 0).Should().Be(isSupported, "{0}", claims[0].Problem);
    }

    [Fact]
    public void Evidence_is_the_sentence_and_a_claim_of_many_sentences_has_all_of_them()
    {
        var claim = new GroundingChecker().Trace(
            new("Ne olur?", "Fiş Muhasebe bölümüne gider, etiketi Ambar basar, makara 280 kilogram çeker."),
            [Chunk(Prose)]).Single();
        claim.Evidence.Select(evidence => Prose.Substring(evidence.Start, evidence.Length).Trim()).Should().BeEquivalentTo(
            "Fiş Muhasebe bölümüne gider.", "Etiketi Ambar basar.", "Makara 3.002 metredir ve 280 kilogram çeker.");
    }

    [Theory]
    [InlineData("Toplam 1.000,5 kilogramdır.", true)]
    [InlineData("Toplam 1,000.5 kilogramdır.", false)]
    [InlineData("Toplam 1.000 kilogramdır.", false)]
    public void Numbers_of_english_chunks_are_written_in_english(string answer, bool isSupported)
    {
        var english = Chunk("## Scale\n\nThe total is 1,000.5 kg.") with { Language = "en" };
        new GroundingChecker().Trace(new("Toplam nedir?", answer), [english]).All(claim => claim.Problem.Length == 0)
            .Should().Be(isSupported);
    }

    [Theory]
    [InlineData("siparişleri", "sipariş", 1)]
    [InlineData("kitabı", "kitap", 1)]
    [InlineData("rengi", "renk", 1)]
    [InlineData("kontak", "kontrol", 0)]
    [InlineData("kalemtıraş", "kalelerin", 0)]
    public void Words_match_by_their_first_five_letters(string word, string known, double relevance) =>
        GroundingChecker.ComputeRelevance(word, Chunk(known) with { Breadcrumb = "" }).Should().Be(relevance);

    [Theory]
    [InlineData("Işık nerede yanar?", "")]
    [InlineData("Kapıdaki isik nerede yanar?", "question: missing diacritics: isik")]
    [InlineData("Kapıdaki şey, kapi nerede?", "question: missing diacritics: kapi")]
    [InlineData("Kapıdaki IŞIK nerede yanar?", "")]
    public void Words_that_lost_their_diacritics_are_found(string question, string evidence)
    {
        var shown = Show(Chunk("## Kapı\n\nIşık kapıda yanar. Kapı açılır."));
        var pair = Pair(question, "Işık kapıda yanar.");
        new PairChecks(shown, AnswerLength.ForV2).FindProblem(pair, []).Evidence.Should().Be(evidence);
    }

    [Theory]
    [InlineData("v1-0", "Fiş gider. Etiket basılır. Makara çeker.", RejectionReason.Length)]
    [InlineData("v2-0", "Fiş Muhasebe bölümüne gider. Etiketi Ambar basar. Makara 3.002 metredir.", null)]
    [InlineData("v2-0", "ÖZÜR DİLERİM, öyle değil.", RejectionReason.SelfCorrection)]
    public void The_prompt_decides_the_length(string prompt, string answer, RejectionReason? reason)
    {
        var chunk = Chunk(Prose);
        var review = Review([chunk], Reply(chunk, prompt, $"\"question\":\"Kantarda ne olur?\",\"answer\":\"{answer}\""));
        review.Rejected.Select(rejection => (RejectionReason?)rejection.Reason).FirstOrDefault().Should().Be(reason);
    }

    [Fact]
    public void Marks_without_letters_are_no_words()
    {
        var shown = Show(Chunk(Prose));
        var answer = string.Join(" – ", Enumerable.Repeat("fiş", 60));
        new PairChecks(shown, AnswerLength.ForV2).FindProblem(Pair("Ne gider?", answer), []).Evidence.Should().BeEmpty();
        new PairChecks(shown, AnswerLength.ForV2).FindProblem(Pair("Ne gider?", answer + " fiş"), []).Reason
            .Should().Be(RejectionReason.Length);
    }

    [Fact]
    public void A_pair_that_the_judge_rejects_displaces_no_other()
    {
        var (first, second) = (Chunk(Prose), TestChunk.Create(2) with { Text = Prose });
        const string pair = "\"question\":\"Fiş nereye gider?\",\"answer\":\"Fiş Muhasebe bölümüne gider.\"";
        RepliedEntry[] replies = [Reply(first, "v2-0", pair), Reply(second, "v2-0", pair)];
        Review([first, second], replies).Rejected.Select(rejection => rejection.Reason)
            .Should().Equal(RejectionReason.Duplicate);
        var judged = Review([first, second], [.. replies, Verdict(first, """{"answers_question":false,"claims":[]}""")]);
        judged.Rejected.Select(rejection => rejection.Reason).Should().Equal(RejectionReason.Judge);
        judged.Accepted.Single().Sources.Should().Equal(second.ChunkId);
    }

    [Fact]
    public void A_judge_sees_all_turns_and_every_claim_needs_a_quotation_from_any_chunk()
    {
        var (first, second) = (Chunk(Prose), TestChunk.Create(2));
        var pair = Pair("Fiş nereye gider?", "Muhasebe bölümüne gider.") with
        {
            Turns = [new("Fiş nereye gider?", "Muhasebe bölümüne gider."), new("Etiketi kim basar?", "Ambardaki görevli.")],
        };
        var request = new Judge(Prompt.Load("judge"), new([first, second])).CreateRequest(
            new(pair, 1, "m", [], [first.ChunkId, second.ChunkId]), "j");
        request.User.Should().ContainAll(
            first.Text, second.Text, "Fiş nereye gider?", "Muhasebe bölümüne gider.", "Etiketi kim basar?", "Ambardaki görevli.");
        request.Context.Should().Be(LabeledChunks.Select(new([first, second]), [first.ChunkId, second.ChunkId]).Hash);

        string Objection(params (bool Supported, string Quote)[] claims) => Judge.FindObjection(
            $"{{\"answers_question\":true,\"claims\":[{string.Join(',', claims.Select(claim =>
                $"{{\"claim\":\"c\",\"supported\":{(claim.Supported ? "true" : "false")},\"quote\":\"{claim.Quote}\"}}"))}]}}",
            [first, second]);
        Objection((true, "Etiketi Ambar basar."), (true, TestChunk.Fact(2))).Should().BeEmpty();
        Objection((true, TestChunk.Fact(2)), (false, "")).Should().Be("not supported: c");
        Objection((true, TestChunk.Fact(2)), (true, "Etiketi Depo basar.")).Should().Contain("is not in the chunk");
    }

    [Fact]
    public void Near_duplicates_are_those_that_comparing_all_pairs_finds()
    {
        // Questions of few parts, so that many pairs are close to the limit on either side.
        string[] subjects = ["sipariş", "siparişi", "siparişler", "makara", "makaranın", "40 kodu", "50 kodu"],
            verbs = ["nasıl açılır", "nasıl açılıyor", "nasıl kapanır", "ne zaman açılır", "nerede nasıl açılır"],
            ends = ["?", " acaba?", " bugün?"];
        var (found, random) = (0, new Random(7));
        for (var round = 0; round < 25; round++)
        {
            string[] all = [.. Enumerable.Range(0, 14).Select(_ =>
                $"{Pick(subjects)} {Pick(subjects)} {Pick(verbs)}{Pick(ends)}")];
            var questions = new DuplicateQuestions(all);
            List<string> kept = [];
            foreach (var question in all)
            {
                var near = kept.Exists(other =>
                    Numbers(other).SetEquals(Numbers(question)) && Similarity(other, question) >= 0.8);
                var reason = questions.Add(question, out _);
                (reason is not null).Should().Be(near, "{0} after {1}", question, string.Join(", ", kept));
                if (near) found++;
                else kept.Add(question);
            }
        }
        found.Should().BeGreaterThan(10);

        string Pick(string[] parts) => parts[random.Next(parts.Length)];
        static HashSet<string> Numbers(string text) => [.. text.Split(' ').Where(word => char.IsAsciiDigit(word[0]))];
    }

    [Fact]
    public void Questions_exactly_at_the_limit_that_differ_in_their_rarest_trigrams_are_found()
    {
        // 40 trigrams, and 10 more: the ten rarest of the longer question are not in the shorter one.
        const string question = "bcdfg hjklm nprst tvyzb çğşıö aeiou xüwq";
        foreach (var word in (string[])["zyvtsrpnm", "zgfdcbjhk", "ğöçşülkmn"])
        {
            string[] pair = [$"{question} {word}", question];
            DuplicateQuestions.ComputeSimilarity(pair[0], pair[1]).Should().Be(0.8);
            foreach (var (first, second) in new[] { (pair[0], pair[1]), (pair[1], pair[0]) })
            {
                var questions = new DuplicateQuestions(pair);
                questions.Add(first, out _).Should().BeNull();
                questions.Add(second, out var similar).Should().Be(RejectionReason.NearDuplicate);
                similar.Should().Be(first);
            }
        }
    }

    private static double Similarity(string a, string b)
    {
        var (x, y) = (Trigrams(a), Trigrams(b));
        return (double)x.Intersect(y).Count() / x.Union(y).Count();

        static HashSet<string> Trigrams(string text)
        {
            var padded = $" {text.TrimEnd('?')} ";
            return [.. Enumerable.Range(0, padded.Length - 2).Select(i => padded.Substring(i, 3))];
        }
    }

    private static Chunk Chunk(string text) => TestChunk.Create(1) with { Text = text };

    private static LabeledChunks Show(params Chunk[] chunks) =>
        LabeledChunks.Select(new(chunks), chunks.Select(chunk => chunk.ChunkId));

    private static QaPair Pair(string question, string answer) =>
        new("g:1", "g", QuestionType.Factual, Difficulty.Easy, [new(question, answer)], [TestChunk.Create(1).ChunkId]);

    private static Review Review(Chunk[] chunks, params RepliedEntry[] replies)
    {
        var journal = new JournalState();
        foreach (var (reply, i) in replies.Select((reply, i) => (reply, i)))
            journal.Add(reply with { Send = i + 1, Request = string.Create(CultureInfo.InvariantCulture, $"r{i}") });
        return TurkishLlm.Synthesis.Verdicts.Review.Create(Blueprint.Create(chunks, rules: [1]), new(chunks), journal);
    }

    private static RepliedEntry Reply(Chunk chunk, string prompt, string texts) => Entry(
        chunk, $"r01/{chunk.ChunkId}", prompt,
        $"{{\"pairs\":[{{\"type\":\"olgusal\",\"difficulty\":\"kolay\",{texts},\"sources\":[\"K1\"]}}]}}");

    private static RepliedEntry Verdict(Chunk chunk, string text) =>
        Entry(chunk, $"{Judge.Prefix}r01/{chunk.ChunkId}:1", "judge-0", text);

    private static RepliedEntry Entry(Chunk chunk, string group, string prompt, string text) =>
        new(default, 0, "", 1, group, Show(chunk).Hash, "m", prompt, text, "", 1, 1, 0, 0, "");
}
