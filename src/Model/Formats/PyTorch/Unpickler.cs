using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using TurkishLlm.Files;

namespace TurkishLlm.Model.Formats.PyTorch;

/// <summary>
/// Reads the subset of the pickle format that weights need: dictionaries, lists, tuples, strings, numbers and the tensors of <see
/// cref="PickleGlobal"/>. A pickle is a program, but no instruction of this reader imports or calls anything, so a malicious
/// pickle can only be refused.
/// </summary>
/// <remarks>
/// Values: <c>long</c>, <c>double</c>, <c>bool</c>, <c>string</c>, null, <c>object?[]</c> for a tuple,
/// <c>List&lt;object?&gt;</c>, <see cref="PickleDictionary"/>, <see cref="PickleGlobal"/>, <see cref="PyTorchStorage"/>, <see
/// cref="PyTorchTensor"/>. Every instruction creates at most one value, so memory is bounded by the length of the pickle. Source:
/// Python's Lib/pickletools.py; torch/serialization.py, persistent_id.
/// </remarks>
/// <param name="pickle">The whole pickle, protocol 2 to 5.</param>
/// <param name="file">File name for error messages.</param>
internal sealed class Unpickler(byte[] pickle, string file)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly object Mark = new();

    private readonly Stack<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private int _at, _instruction;

    /// <summary>Executes the pickle.</summary>
    /// <returns>The value of the pickle.</returns>
    /// <exception cref="InvalidDataException">
    /// The pickle is not that of a state dictionary; the message says why, and at which byte.
    /// </exception>
    public object? Load()
    {
        while (true)
        {
            _instruction = _at;
            var code = (char)ReadByte();
            if (code == '.') return Pop();
            Execute(code);
        }
    }

    private void Execute(char code)
    {
        switch (code)
        {
            case '\x80': if (ReadByte() is < 2 or > 5) throw CreateException("the protocol is not 2 … 5"); break;      // PROTO
            case '\x95': ReadBytes(8); break;                                                                // FRAME
            case '(': _stack.Push(Mark); break;
            case 'N': _stack.Push(null); break;
            case '\x88': _stack.Push(true); break;
            case '\x89': _stack.Push(false); break;
            case 'K': _stack.Push((long)ReadByte()); break;                                                  // BININT1
            case 'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2))); break;       // BININT2
            case 'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(ReadBytes(4))); break;        // BININT
            case '\x8a': _stack.Push(ReadLong(ReadByte())); break;                                        // LONG1
            case 'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(ReadBytes(8))); break;                // BINFLOAT
            // SHORT_BINUNICODE
            case '\x8c': _stack.Push(ReadText(ReadByte())); break;
            case 'X': _stack.Push(ReadText(BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4)))); break;       // BINUNICODE
            case ')': _stack.Push(Array.Empty<object?>()); break;
            case '\x85': _stack.Push(PopMany(1)); break;                                                    // TUPLE1
            case '\x86': _stack.Push(PopMany(2)); break;
            case '\x87': _stack.Push(PopMany(3)); break;
            case 't': _stack.Push(PopMark()); break;                                                      // TUPLE
            case ']': _stack.Push(new List<object?>()); break;
            case 'a': Extend([Pop()]); break;                                                            // APPEND
            case 'e': Extend(PopMark()); break;                                                           // APPENDS
            case '}': _stack.Push(new PickleDictionary()); break;
            case 's': SetItems(PopMany(2)); break;                                                              // SETITEM
            case 'u': SetItems(PopMark()); break;                                                             // SETITEMS
            case 'q': _memo[ReadByte()] = Peek(); break;                                                      // BINPUT
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4))] = Peek(); break;           // LONG_BINPUT
            case '\x94': _memo[_memo.Count] = Peek(); break;                                              // MEMOIZE
            case 'h': _stack.Push(GetMemo(ReadByte())); break;                                            // BINGET
            case 'j': _stack.Push(GetMemo(BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4)))); break; // LONG_BINGET
            case 'c': _stack.Push(FindGlobal(ReadLine(), ReadLine())); break;
            case '\x93':
                _stack.Push(
                    PopMany(2) is [string module, string name]
                        ? FindGlobal(module, name)
                        : throw CreateException("a name to import is not text"));
                break;
            case 'Q': _stack.Push(LoadStorage(Pop())); break;                                                // BINPERSID
            case 'R': _stack.Push(CallGlobal(PopMany(2))); break;                                                // REDUCE
            case '\x81': _stack.Push(CreateObject(PopMany(2))); break;                                           // NEWOBJ
            case 'b': IgnoreState(Pop()); break;                                                              // BUILD
            default:
                throw CreateException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"the instruction 0x{(int)code:x2} is not allowed in a state dictionary"));
        }
    }

    private PickleGlobal FindGlobal(string module, string name) =>
        PickleGlobal.Find($"{module}.{name}")
        ?? throw CreateException($"it imports {Excerpt.Of($"{module}.{name}")}, which weights do not need. No code was executed. "
            + "Save the weights alone: torch.save(model.state_dict(), FILE)");

    private object CallGlobal(object?[] call)
    {
        if (call is not [PickleGlobal function, object?[] arguments]) throw CreateException(
            "a call to something that is not a name");
        return function.Call(arguments, out var wrong) ?? throw CreateException(wrong);
    }

    private PickleIgnored CreateObject(object?[] call) => call is [PickleGlobal { IsIgnored: true }, _]
        ? new PickleIgnored()
        : throw CreateException("the instruction 0x81 is not allowed in a state dictionary");

    private PyTorchStorage LoadStorage(object? id) =>
        id is object?[] and ["storage", PickleGlobal { Storage: { } type }, string key, string, long count] && count >= 0
            ? new PyTorchStorage(type, key, count)
            : throw CreateException("a storage is not described as in PyTorch");

    // PyTorch stores version numbers as attributes of a module's dictionary; they do not affect the weights.
    private void IgnoreState(object? state)
    {
        if (Peek() is PickleIgnored) return;
        if (Peek() is not PickleDictionary || state is not PickleDictionary)
            throw CreateException("only a dictionary may have attributes");
    }

    private void Extend(object?[] values)
    {
        if (Peek() is not List<object?> list) throw CreateException("values are added to something that is not a list");
        list.AddRange(values);
    }

    private void SetItems(object?[] pairs)
    {
        if (Peek() is not PickleDictionary dictionary || pairs.Length % 2 != 0) throw CreateException(
            "entries are added to something that is not a dictionary");
        for (var i = 0; i < pairs.Length; i += 2)
            if (!dictionary.TryAdd(pairs[i], pairs[i + 1]))
                throw CreateException($"a dictionary has \"{Excerpt.Of($"{pairs[i]}")}\" twice");
    }

    private object? GetMemo(long key) => _memo.TryGetValue(key, out var value) ? value : throw CreateException(
        "a memo entry is read that was never stored");

    private object? Peek() =>
        _stack.TryPeek(out var value) && value != Mark ? value : throw CreateException("a value is missing");

    private object? Pop()
    {
        _ = Peek();
        return _stack.Pop();
    }

    private object?[] PopMany(int count)
    {
        var values = new object?[count];
        while (count > 0) values[--count] = Pop();
        return values;
    }

    private object?[] PopMark()
    {
        var values = new List<object?>();
        while (_stack.TryPop(out var value))
        {
            if (value != Mark)
            {
                values.Add(value);
                continue;
            }
            values.Reverse();
            return [.. values];
        }
        throw CreateException("a mark is missing");
    }

    private long ReadLong(int length)
    {
        if (length > 8) throw CreateException("a number has more than 64 bits");
        var bytes = ReadBytes(length);
        var value = length > 0 && bytes[^1] >= 0x80 ? -1L : 0;
        for (var i = length - 1; i >= 0; i--) value = (value << 8) | bytes[i];
        return value;
    }

    private string ReadText(long length)
    {
        try
        {
            return Utf8.GetString(ReadBytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw CreateException("a text is not UTF-8");
        }
    }

    // Imported names are lines of ASCII.
    private string ReadLine()
    {
        var length = pickle.AsSpan(_at).IndexOf((byte)'\n');
        if (length < 0) throw CreateException("it ends in the middle of a name");
        var line = Encoding.Latin1.GetString(ReadBytes(length));
        _at++;
        return line;
    }

    private byte ReadByte() => ReadBytes(1)[0];

    private ReadOnlySpan<byte> ReadBytes(long count)
    {
        if (count > pickle.Length - _at) throw CreateException("it ends in the middle of an instruction");
        _at += (int)count;
        return pickle.AsSpan(_at - (int)count, (int)count);
    }

    private InvalidDataException CreateException(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{file} was refused at byte {_instruction} of its data.pkl: {what}."));
}
