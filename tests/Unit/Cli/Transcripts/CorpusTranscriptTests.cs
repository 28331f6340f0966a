namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>data prepare</c> and <c>data inspect</c> of shards print.</summary>
public sealed class CorpusTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Prepares_and_inspects()
    {
        WriteTexts();
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("data prepare HERE/a.txt -t FIXTURES/tokenizer -o HERE/shards --validation-share 0.2");
        await transcript.Run("data prepare HERE/a.txt -t FIXTURES/tokenizer -o HERE/shards --validation-share 0.2");
        await transcript.Run("data prepare HERE/a.txt -t FIXTURES/tokenizer -o HERE/shards --validation-share 0.3");
        await transcript.Run("data prepare HERE/a.txt -t FIXTURES/tokenizer -o HERE/other --validation-share 1.5");
        await transcript.Run("data inspect HERE/shards --stats --html HERE/stats.html");
        transcript.Show(_here / "stats.html");
        await transcript.Run("data inspect HERE/shards -t FIXTURES/tokenizer --document 3 --html HERE/page.html");
        transcript.Show(_here / "page.html");
        foreach (var window in new[]
        {
            "", "--position 25 --length 70 --html HERE/page.html", "--document 3 --length 5", "--document 0", "--validation",
            "--position 1", "--position -1", "--length 0", "--position 3000", "--document 4000", "--document -1", "--length 1",
            "--validation --document 2", "--position 7 --length 100000",
        })
            await transcript.Run($"data inspect HERE/shards -t FIXTURES/tokenizer {window}");
        transcript.Show(_here / "page.html");
        await transcript.Run("data inspect HERE/a.txt -t FIXTURES/tokenizer");
        await transcript.Run("data inspect HERE/nowhere -t FIXTURES/tokenizer");
        await transcript.Run("data inspect HERE/shards");
        await transcript.Run("tokenizer add-tokens FIXTURES/tokenizer --add <|plan|> -o HERE/added");
        await transcript.Run("data inspect HERE/shards -t HERE/added");
        transcript.Compare("Shards");
    }

    [Fact]
    public async Task Prepares_with_every_filter()
    {
        WriteTexts();
        _here.Write("bad.txt", [
            .. "Makine iyi çalışıyor ve makara dolu.\n\nMakine "u8, 0xFD, .. " bozuk.\n\nDepo dolu, sayım yapıldı."u8,
        ]);
        _here.Write("rows.jsonl", """
            {"govde": "Depoda kırk iki makara ve on bobin sayıldı."}
            {"govde": 5}

            """);
        _here.Write("english.txt", "The quick brown fox jumps over the lazy dog and runs away from them.\n");
        _here.Write("gold.jsonl", """
            {"question": "Nerede?", "answer": "Belge 7 depodaki 259 numaralı makaranın sayımını anlatır ve 14 kg fire yazar."}
            {"question": "Ne?", "answer": "kısa"}

            """);
        var plan = _here.Write("corpus.yaml", $"""
            tokenizer: {TurkishLlm.Tests.Shared.ReferenceRun.Plan.Data.Tokenizer}
            output: {_here / "plan"}
            validation_share: 0.25
            sources:
              fabrika: {"{"} path: {_here / "a.txt"}, domain: technical, weight: 2.5 {"}"}
              ansiklopedi: {"{"} path: {_here / "b.txt"}, cap: 3KB {"}"}
            """);
        var transcript = new Transcript((_here / "", "HERE"));
        const string prepare = "-t FIXTURES/tokenizer -o HERE/out --overwrite";
        await transcript.Run($"data prepare HERE/bad.txt {prepare}");
        await transcript.Run($"data prepare HERE/bad.txt {prepare} --skip-invalid --near-duplicate-threshold 1");
        await transcript.Run($"data prepare HERE/rows.jsonl {prepare} --text-field govde --skip-invalid");
        await transcript.Run($"data prepare HERE/rows.jsonl {prepare}");
        await transcript.Run($"data prepare HERE/english.txt {prepare} --min-turkish-score 0.1");
        await transcript.Run(
            $"data prepare HERE/a.txt {prepare} --decontaminate HERE/gold.jsonl --min-turkish-score -0.5 --validation-share 0.1");
        await transcript.Run($"data prepare HERE/a.txt {prepare} --near-duplicate-threshold 0.1");
        await transcript.Run($"data prepare HERE/a.txt {prepare} --near-duplicate-threshold 0");
        await transcript.Run($"data prepare HERE/a.txt {prepare} --near-duplicate-threshold 0,9");
        await transcript.Run("data prepare HERE/corpus.yaml --set sources.ansiklopedi.weight=0.5");
        await transcript.Run("data prepare HERE/corpus.yaml");
        await transcript.Run("data prepare HERE/corpus.yaml -o HERE/x --validation-share 0.1 --skip-invalid");
        await transcript.Run("data prepare HERE/corpus.YML");
        await transcript.Run("data prepare HERE/a.txt --set a=b");
        await transcript.Run("data prepare HERE/a.txt -o HERE/x");
        transcript.List(_here / "plan");
        transcript.Compare("Corpora");
    }

    private void WriteTexts()
    {
        _here.Write("a.txt", Documents(0, 60));
        _here.Write("b.txt", Documents(40, 60));
    }

    private static string Documents(int first, int count) => string.Join("\n\n", Enumerable.Range(first, count).Select(i =>
        $"Belge {i} depodaki {i * 37} numaralı makaranın sayımını anlatır ve {i * 2} kg fire yazar."
        + string.Concat(Enumerable.Range(0, i % 5)
            .Select(n => $" Ek {n}: {i * 13 + n} metre {(char)('a' + i % 23)}{(char)('b' + n)} teli sarıldı."))));
}
