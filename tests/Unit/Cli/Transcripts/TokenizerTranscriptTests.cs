namespace TurkishLlm.Tests.Unit.Cli.Transcripts;

/// <summary>What <c>tokenizer</c> prints.</summary>
public sealed class TokenizerTranscriptTests : IDisposable
{
    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    [Fact]
    public async Task Encodes_and_decodes()
    {
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("tokenizer encode FIXTURES/tokenizer", "Iğdır'da 3 makara\tvar.");
        await transcript.Run("tokenizer encode FIXTURES/tokenizer --json", "I\u0307ş \"ığ\"");
        await transcript.RunWithInput("Şişli\r\n", "tokenizer encode FIXTURES/tokenizer");
        await transcript.RunWithInput("Şişli\n\n", "tokenizer encode FIXTURES/tokenizer - --json");
        await transcript.RunWithInput("Şişli", "tokenizer encode FIXTURES/tokenizer");
        await transcript.Run("tokenizer encode FIXTURES/tokenizer");
        await transcript.Run("tokenizer encode HERE/nowhere a");
        await transcript.Run("tokenizer decode FIXTURES/tokenizer 300 301 0 2047");
        await transcript.Run("tokenizer decode FIXTURES/tokenizer 300 15 --json");
        await transcript.RunWithInput("300 301\n\n302", "tokenizer decode FIXTURES/tokenizer");
        await transcript.RunWithInput("""{"ids": [300, 301], "tokens": ["a", "b"]}""", "tokenizer decode FIXTURES/tokenizer - --json");
        foreach (var wrong in new[] { "300 ığ", "", "{\"ids\": [1.5]}", "{\"ids\": ", "[1]", "{\"id\": [1]}" })
            await transcript.RunWithInput(wrong, "tokenizer decode FIXTURES/tokenizer");
        await transcript.Run("tokenizer decode FIXTURES/tokenizer");
        await transcript.Run("tokenizer decode FIXTURES/tokenizer 2048 5");
        await transcript.Run("tokenizer decode FIXTURES/tokenizer -1");
        transcript.Compare("Tokens");
    }

    [Fact]
    public async Task Trains_and_extends()
    {
        var text = string.Join(
            "\n\n", Enumerable.Range(0, 60).Select(i => $"Makara {i * 37} ile {i % 7} bobin sarıldı, {i} kg."));
        _here.Write("corpus/a.txt", text);
        _here.Write("corpus/b.jsonl", """{"data": {"text": "Bobinler makaralara sarılıyordu."}}""" + "\n");
        _here.Write("few.txt", "Küçük bir metin.\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("tokenizer train HERE/corpus/a.txt -v 300 -o HERE/made/tokenizer --threads 1");
        transcript.List(_here / "made");
        await transcript.Run("tokenizer train HERE/corpus -v 290 -o HERE/counted --counts HERE/counts --threads 1 "
            + "--text-field data.text");
        await transcript.Run("tokenizer train HERE/corpus -v 291 -o HERE/counted --counts HERE/counts --threads 1 "
            + "--text-field data.text");
        await transcript.Run("tokenizer train HERE/corpus/a.txt -v 280 -o HERE/pruned --max-pre-tokens 20 --threads 1");
        await transcript.Run("tokenizer train HERE/few.txt -v 280 -o HERE/few/tokenizer --threads 1");
        await transcript.Run("tokenizer train HERE/corpus -v 290 -o HERE/other --text-field body");
        foreach (var wrong in new[] { "-v 271", "-v 65537", "-v 272 --threads 0", "-v 280 --max-pre-tokens 0" })
            await transcript.Run($"tokenizer train HERE/corpus/a.txt {wrong} -o HERE/wrong");
        await transcript.Run("tokenizer train HERE/corpus/a.txt -v 272 -o HERE/bytes --threads 1");
        await transcript.Run("tokenizer train HERE/corpus -v 290 -o HERE/tekken --split tekken --counts HERE/counts --threads 1 "
            + "--text-field data.text");
        await transcript.Run("tokenizer encode HERE/tekken", "Makara'yla 12 bobin");
        foreach (var wrong in new[] { "teken", "gpt2" })
            await transcript.Run($"tokenizer train HERE/corpus/a.txt --split {wrong} -o HERE/wrong");
        await transcript.Run("tokenizer add-tokens FIXTURES/tokenizer --add <|plan|> <|arac|> -o HERE/added");
        await transcript.Run("tokenizer encode HERE/added", "<|plan|>a");
        foreach (var wrong in new[] { "<|begin_of_text|>", "" })
            await transcript.Run("tokenizer add-tokens FIXTURES/tokenizer -o HERE/wrong --add", wrong);
        transcript.List(_here / "");
        transcript.Compare("TokenizerTraining");
    }

    [Fact]
    public async Task Reports()
    {
        _here.Write("alan.txt", "Kablo makaraya sarıldı. Ankara'da Stok'ta bobin var.\n\nTelbis'in iş emri 12 kg fire yazdı.\n");
        _here.Write("rows.jsonl", """{"govde": "Üç makara Iğdır'dan geldi."}""" + "\n");
        var transcript = new Transcript((_here / "", "HERE"));
        await transcript.Run("tokenizer report FIXTURES/tokenizer --text HERE/alan.txt --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("tokenizer add-tokens FIXTURES/tokenizer --add <|plan|> -o HERE/added");
        await transcript.Run("tokenizer train HERE/alan.txt -v 275 -o HERE/small --threads 1");
        transcript.HasPathsInTables = true;
        await transcript.Run(
            "tokenizer report FIXTURES/tokenizer/ --text HERE/alan.txt HERE/rows.jsonl --text-field govde "
                + "--compare HERE/added HERE/small --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run("tokenizer report FIXTURES/tokenizer");
        await transcript.Run("tokenizer report FIXTURES/tokenizer --text HERE/nowhere");
        await transcript.Run("tokenizer report FIXTURES/tokenizer --html HERE");
        var ranks = string.Concat(
            Enumerable.Range(0, 256).Select(b => $"{Convert.ToBase64String([(byte)b])} {b}\n").Append("IHM= 256\n"));
        _here.Write("cl100k_base.tiktoken", ranks);
        _here.Write("ours.tiktoken", ranks);
        _here.Write("vocab.txt", "[UNK]\n[CLS]\n");
        await transcript.Run("tokenizer report HERE/cl100k_base.tiktoken --text HERE/alan.txt --html HERE/page.html");
        transcript.Show(_here / "page.html");
        await transcript.Run(
            "tokenizer report FIXTURES/tokenizer --compare HERE/ours.tiktoken --split-rule \\s?\\S+ --text HERE/alan.txt");
        foreach (var wrong in new[] { "ours.tiktoken", "vocab.txt", "" })
            await transcript.Run($"tokenizer report HERE/{wrong} --text HERE/alan.txt");
        transcript.Compare("TokenizerReports");
    }
}
