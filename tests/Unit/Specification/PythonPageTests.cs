using System.Text.RegularExpressions;
using FluentAssertions;
using TurkishLlm.Spec.Export;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Cli;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The program of docs/guide/python.md judges functions and models of PyTorch as it is printed.</summary>
[Collection(nameof(NonParallel))]
public sealed partial class PythonPageTests : IDisposable
{
    // Functions and a model with rotary positions and shared key/value heads, each with several bugs.
    private const string Models = """
        import math, sys, torch
        from torch import nn
        import torch.nn.functional as F
        from judge import Cases

        BUG = ""

        def norm(x, weight, eps):
            if BUG == "norm over time": return x * (x.square().mean((-2, -1), True) + eps).rsqrt() * weight
            if BUG == "epsilon outside": return x / (x.square().mean(-1, True).sqrt() + eps) * weight
            return x * (x.square().mean(-1, True) + eps).rsqrt() * weight

        def layer_norm(x, weight, bias, eps):
            return F.layer_norm(x, x.shape[-1:], weight, bias, eps * (10 if BUG == "other epsilon" else 1))

        def attention(q, k, v, bias=None):
            n = q.shape[1] // k.shape[1]
            expand = (lambda x: x.repeat(1, n, 1, 1)) if BUG == "tiled" else (lambda x: x.repeat_interleave(n, 1))
            scores = q @ expand(k).transpose(-2, -1) / math.sqrt(q.shape[-1])
            t = q.shape[2]
            if bias is not None: scores = scores + bias
            ahead = 2 if BUG == "one ahead" else 1
            if BUG != "no mask": scores = scores.masked_fill(torch.ones(t, t).triu(ahead).bool(), float("-inf"))
            if BUG == "mask of -10": scores = torch.where(scores.isinf(), torch.tensor(-10.0), scores)
            return scores.softmax(-1) @ expand(v)

        def alibi_attention(q, k, v):
            h, t = q.shape[1], q.shape[2]
            slopes = 2 ** (-8 * torch.arange(1, h + 1) / h)
            distance = torch.arange(t)[:, None] - torch.arange(t)
            return attention(q, k, v, (distance if BUG == "sign" else -distance) * slopes[:, None, None])

        def swiglu(x, gate, up, down):
            act = F.gelu if BUG == "gelu" else F.silu
            return F.linear(act(F.linear(x, gate)) * F.linear(x, up), down)

        def cross_entropy(logits, targets, ignore_index):
            index = 0 if BUG == "ignore index" else int(ignore_index)
            return F.cross_entropy(logits.transpose(1, 2), targets.clamp_min(0) if index == 0 else targets, reduction="none",
                                   ignore_index=index)

        class Gpt(nn.Module):
            def __init__(self):
                super().__init__()
                torch.manual_seed(3)
                self.tokens, self.head = nn.Embedding(97, 32), nn.Linear(32, 97, bias=False)
                self.q, self.kv, self.out = nn.Linear(32, 32), nn.Linear(32, 32), nn.Linear(32, 32)
                # A scale without axes, another matrix with as many rows as ids, and one that nothing reads.
                self.scale, self.unused = nn.Parameter(torch.tensor(1.5)), nn.Linear(8, 97)
                self.gate = nn.Linear(32, 97)

            def rotate(self, x):
                t, d = x.shape[2], x.shape[3]
                angles = torch.arange(t)[:, None] / 100 ** (torch.arange(d // 2) * 2 / d)
                if BUG == "angles by length": angles = angles * t / 8
                a, b = x.chunk(2, -1)
                return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)

            def forward(self, ids):
                if BUG == "wrong id": ids = ids.clamp(max=95)
                x = self.tokens(ids)
                if BUG == "dropout": x = F.dropout(x, 0.5, training=True)
                if BUG == "rows mixed": x = x + x.mean(0, keepdim=True) * 0.1
                b, t, _ = x.shape
                q = self.q(x).view(b, t, 4, 8).transpose(1, 2)
                k, v = self.kv(x).view(b, t, 2, 2, 8).permute(2, 0, 3, 1, 4)
                y = attention(self.rotate(q), self.rotate(k), v).transpose(1, 2).flatten(2)
                if BUG == "no attention": y = y * 0
                x = x + self.out(y)
                return self.head(x) * self.scale + self.gate(x)

        cases = Cases(sys.argv[1])
        functions = dict(norm=norm, layer_norm=layer_norm, attention=attention, alibi_attention=alibi_attention, swiglu=swiglu,
                         cross_entropy=cross_entropy)
        for BUG in sys.argv[2:]:
            print(*sorted({*cases.judge_functions(**functions), *cases.judge_decoder(Gpt())}))
        """;

    private readonly TestWorkspace _here = new();

    public void Dispose() => _here.Dispose();

    // Requirements that must fail, among others.
    private static readonly (string Bug, string[] Failed)[] Bugs =
    [
        ("norm over time", ["NRM-02", "NRM-04"]),
        ("epsilon outside", ["NRM-02"]),
        ("other epsilon", ["LNM-02"]),
        ("tiled", ["ATT-04", "GQA-01", "GQA-03"]),
        ("one ahead", ["ATT-04", "DEC-02", "DEC-03", "DEC-04"]),
        ("no mask", ["ATT-04", "DEC-02", "DEC-03", "DEC-04"]),
        ("mask of -10", ["ATT-04", "DEC-03"]),
        ("sign", ["ATT-04"]),
        ("gelu", ["FFN-01"]),
        ("ignore index", ["LOS-01"]),
        ("angles by length", ["DEC-04"]),
        ("wrong id", ["DEC-22"]),
        ("rows mixed", ["DEC-05", "DEC-06", "DEC-07"]),
        ("no attention", ["DEC-21"]),
        ("dropout", ["DEC-13"]),
    ];

    [Fact]
    public void Judges_functions_and_models_of_PyTorch()
    {
        var python = PythonProgram.Require();
        CaseExport.Write(_here / "cases", new(Vocabulary: 97, MaxLength: 32));
        File.WriteAllText(_here / "judge.py", ReadProgram());
        File.WriteAllText(_here / "models.py", Models);
        string[] bugs = ["none", .. Bugs.Select(bug => bug.Bug)];
        var failed = PythonProgram.Run(python, [_here / "models.py", _here / "cases", .. bugs])
            .Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        failed[0].Should().BeEmpty("the model without a bug is right");
        foreach (var (i, (bug, expected)) in Bugs.Index()) failed[i + 1].Should().Contain(expected, "the bug is: {0}", bug);
    }

    [Fact]
    public void The_program_has_about_forty_lines() =>
        ReadProgram().Split('\n').Count(line => line.Trim().Length > 0).Should().BeLessThanOrEqualTo(45);

    private static string ReadProgram()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "guide", "python.md"));
        return PythonBlock().Match(page).Groups[1].Value;
    }

    [GeneratedRegex(@"## judge\.py.*?```python\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex PythonBlock();
}
