// Turns shards into training batches: a weighted mixture, reshuffled every epoch, packed into rows of T tokens.
// It knows nothing about models. A document longer than T is cut into pieces of T and a rest, and pieces are shuffled one by
// one, so that a batch is never one novel. A row takes the oldest waiting piece, then the longest waiting ones that still fit
// (best fit over a window): rows come out nearly full without dropping a token or leaving short documents for last.
// Every token of an epoch is given exactly once, and every token but a document's first is a target exactly once.

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Maison.Data.Shards;

/// <summary>One shard of a mixture.</summary>
/// <param name="Shard">Where the documents are.</param>
/// <param name="Weight">How often its documents are seen per epoch of the mixture; 0.5 means each in every second epoch.</param>
public sealed record MixtureSource(ShardReader Shard, double Weight = 1);

/// <summary>Gives packed batches from weighted shards; the same seed gives the same batches.</summary>
public sealed class MixtureSampler
{
    const int StateVersion = 1;
    const int Window = 512;
    const ulong PurposeDocuments = 1, PurposePieces = 2;

    readonly MixtureSource[] _sources;
    readonly int _rowTokens;
    readonly ulong _seed;
    readonly int _epochs;
    readonly string _fingerprint;
    readonly int[] _permutation;
    readonly bool[] _mask;

    // A piece is source (8 bits), piece number within its document (24 bits), document (32 bits).
    ulong[] _order = [];
    int _orderCount, _orderNext;
    readonly ulong[] _waiting = new ulong[Window];
    readonly int[] _waitingLength = new int[Window];
    int _waitingCount;

    /// <param name="sources">Shards with weights; all must share vocabulary, document-start id and tokenizer.</param>
    /// <param name="rowTokens">Tokens per row (T).</param>
    /// <param name="seed">Fixes the order.</param>
    /// <param name="epochs">Epochs of the mixture to give; 0 means without end.</param>
    /// <exception cref="ArgumentException">No source, a weight that is not positive, or shards that do not belong together.</exception>
    public MixtureSampler(IReadOnlyList<MixtureSource> sources, int rowTokens, ulong seed, int epochs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rowTokens, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(epochs);
        if (sources.Count is 0 or > 255) throw new ArgumentException($"A mixture has 1 to 255 sources, not {sources.Count}.", nameof(sources));
        var first = sources[0].Shard;
        foreach (var (shard, weight) in sources)
        {
            if (!(weight > 0) || double.IsInfinity(weight)) throw new ArgumentException($"The weight of {shard.Path} is {weight}: leave the shard out, or give it a number above 0.", nameof(sources));
            if (shard.Vocab != first.Vocab || shard.StartId != first.StartId || !shard.TokenizerHash.SequenceEqual(first.TokenizerHash))
                throw new ArgumentException($"{shard.Path} and {first.Path} were made with different tokenizers. Prepare them together.", nameof(sources));
            if (shard.Documents.Length == 0) throw new ArgumentException($"{shard.Path} holds no document: leave it out.", nameof(sources));
        }
        (_sources, _rowTokens, _seed, _epochs) = ([.. sources], rowTokens, seed, epochs);
        _permutation = new int[sources.Max(s => s.Shard.Documents.Length)];
        _mask = new bool[rowTokens + 1];
        TokensPerEpoch = (long)sources.Sum(s => s.Weight * s.Shard.Tokens);
        _fingerprint = Fingerprint();
        Shuffle();
    }

    /// <summary>Tokens in an epoch of the mixture; on average where a weight is a fraction.</summary>
    public long TokensPerEpoch { get; }
    /// <summary>The epoch whose pieces are being laid out, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>Fills <paramref name="batch"/>; false when the epochs asked for are used up.</summary>
    /// <remarks>Allocates nothing but at the start of an epoch. The last batch of a finite run is filled up with padding rows.</remarks>
    public bool Next(PackedBatch batch)
    {
        if (batch.RowTokens != _rowTokens) throw new ArgumentException($"The batch has rows of {batch.RowTokens} tokens, the sampler of {_rowTokens}.", nameof(batch));
        Refill();
        if (_waitingCount == 0) return false;
        (batch.SegmentCount, batch.TargetCount, batch.PaddingCount, batch.TextBytes) = (0, 0, 0, 0);
        for (var row = 0; row < batch.Rows; row++)
        {
            var at = row * _rowTokens;
            var end = at + _rowTokens;
            while (at < end)
            {
                Refill();
                var piece = at == row * _rowTokens && _waitingCount > 0 ? 0 : LongestWithin(end - at);
                at += piece < 0 ? Pad(batch, at, end) : Place(batch, at, piece);
            }
        }
        return true;
    }

    int LongestWithin(int room)
    {
        int best = -1, length = 0;
        for (var i = 0; i < _waitingCount; i++)
            if (_waitingLength[i] <= room && _waitingLength[i] > length) (best, length) = (i, _waitingLength[i]);
        return best;
    }

    int Pad(PackedBatch batch, int at, int end)
    {
        batch.Ids.AsSpan(at, end - at).Fill(_sources[0].Shard.StartId);
        batch.Targets.AsSpan(at, end - at).Fill(PackedBatch.NoTarget);
        batch.SegmentLengths[batch.SegmentCount++] = end - at;
        batch.PaddingCount += end - at;
        return end - at;
    }

    int Place(PackedBatch batch, int at, int waiting)
    {
        var piece = _waiting[waiting];
        var length = _waitingLength[waiting];
        _waitingCount--;
        _waiting.AsSpan(waiting + 1, _waitingCount - waiting).CopyTo(_waiting.AsSpan(waiting));
        _waitingLength.AsSpan(waiting + 1, _waitingCount - waiting).CopyTo(_waitingLength.AsSpan(waiting));

        var shard = _sources[(int)(piece >> 56)].Shard;
        var document = shard.Documents[(int)(uint)piece];
        var number = (int)(piece >> 32 & 0xFF_FFFF);
        var start = document.Start + (long)number * _rowTokens;
        var more = start + length < document.Start + document.Tokens;
        shard.ReadTokens(start, batch.Ids.AsSpan(at, length));
        var targets = batch.Targets.AsSpan(at, length);
        batch.Ids.AsSpan(at + 1, length - 1).CopyTo(targets);
        if (more) shard.ReadTokens(start + length, targets[^1..]);
        else targets[^1] = PackedBatch.NoTarget;
        if (shard.HasMask)
        {
            var mask = _mask.AsSpan(0, length - 1 + (more ? 1 : 0));
            shard.ReadMask(start + 1, mask);
            for (var i = 0; i < mask.Length; i++)
                if (!mask[i]) targets[i] = PackedBatch.NoTarget;
        }
        batch.TargetCount += length - targets.Count(PackedBatch.NoTarget);
        batch.SegmentLengths[batch.SegmentCount++] = length;
        if (number == 0) batch.TextBytes += document.TextBytes;
        return length;
    }

    void Refill()
    {
        while (_waitingCount < Window)
        {
            if (_orderNext == _orderCount)
            {
                if (_epochs > 0 && Epoch + 1 >= _epochs) return;
                Epoch++;
                Shuffle();
                continue;
            }
            var piece = _order[_orderNext++];
            _waiting[_waitingCount] = piece;
            _waitingLength[_waitingCount++] = LengthOf(piece);
        }
    }

    int LengthOf(ulong piece)
    {
        var tokens = _sources[(int)(piece >> 56)].Shard.Documents[(int)(uint)piece].Tokens;
        return Math.Min(_rowTokens, tokens - (int)(piece >> 32 & 0xFF_FFFF) * _rowTokens);
    }

    // The documents of a source form one endless stream of permutations; epoch e takes the next weight × documents of it.
    void Shuffle()
    {
        (_orderCount, _orderNext) = (0, 0);
        for (var s = 0; s < _sources.Length; s++)
        {
            var (shard, weight) = _sources[s];
            var count = shard.Documents.Length;
            var at = (long)Math.Floor(Epoch * weight * count + 0.5);
            var end = (long)Math.Floor((Epoch + 1) * weight * count + 0.5);
            for (long round = -1; at < end; at++)
            {
                if (round != at / count)
                {
                    round = at / count;
                    for (var i = 0; i < count; i++) _permutation[i] = i;
                    SplitMix64.For(_seed, PurposeDocuments | (ulong)s << 8, (ulong)round).Shuffle(_permutation.AsSpan(0, count));
                }
                Append(s, _permutation[at % count], shard.Documents);
            }
        }
        SplitMix64.For(_seed, PurposePieces, (ulong)Epoch).Shuffle(_order.AsSpan(0, _orderCount));
    }

    void Append(int source, int document, ReadOnlySpan<ShardDocument> documents)
    {
        var pieces = (documents[document].Tokens + _rowTokens - 1) / _rowTokens;
        if (pieces > 0xFF_FFFF) throw new InvalidDataException($"Document {document} of {_sources[source].Shard.Path} is too long for rows of {_rowTokens} tokens.");
        if (_order.Length < _orderCount + pieces) Array.Resize(ref _order, Math.Max(_orderCount + pieces, _order.Length * 2));
        for (var p = 0; p < pieces; p++) _order[_orderCount++] = (ulong)source << 56 | (ulong)p << 32 | (uint)document;
    }

    /// <summary>The place in the data as a short JSON text (a few kilobytes); the batch's row count is not part of it.</summary>
    public string SaveState() => JsonSerializer.Serialize(new State(StateVersion, _fingerprint, Epoch, _orderNext,
        [.. _waiting.AsSpan(0, _waitingCount)]));

    /// <summary>Goes to a place saved by <see cref="SaveState"/>: the batches that follow are the same.</summary>
    /// <exception cref="InvalidDataException">The text is no state, or was saved over other shards, weights, row length or seed.</exception>
    public void LoadState(string state)
    {
        State? saved;
        try { saved = JsonSerializer.Deserialize<State>(state); }
        catch (JsonException e) { throw new InvalidDataException($"The saved place in the data is damaged ({e.Message}). Resume from an earlier checkpoint.", e); }
        if (saved is null || saved.Version != StateVersion || saved.Waiting is null || saved.Waiting.Length > Window || saved.Epoch < 0)
            throw new InvalidDataException("The saved place in the data is not one this program wrote. Resume from an earlier checkpoint.");
        if (saved.Fingerprint != _fingerprint)
            throw new InvalidDataException("The saved place belongs to other data: shards, weights, row length and seed must be the same to resume. Start a new run, or restore them.");
        Epoch = saved.Epoch;
        Shuffle();
        if (saved.Next < 0 || saved.Next > _orderCount) throw new InvalidDataException("The saved place lies outside the epoch. Resume from an earlier checkpoint.");
        _orderNext = saved.Next;
        _waitingCount = saved.Waiting.Length;
        for (var i = 0; i < _waitingCount; i++)
        {
            var piece = saved.Waiting[i];
            if ((int)(piece >> 56) >= _sources.Length || (uint)piece >= (uint)_sources[(int)(piece >> 56)].Shard.Documents.Length || LengthOf(piece) <= 0)
                throw new InvalidDataException("The saved place names a document that is not there. Resume from an earlier checkpoint.");
            (_waiting[i], _waitingLength[i]) = (piece, LengthOf(piece));
        }
    }

    string Fingerprint()
    {
        var text = new StringBuilder($"{_rowTokens} {_seed}");
        foreach (var (shard, weight) in _sources) text.Append($"\n{shard.Hash} {weight:R}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    sealed record State(int Version, string Fingerprint, int Epoch, int Next, ulong[] Waiting);
}
